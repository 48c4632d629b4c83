/** Whether `text` has 1 to `maxBytes` bytes as UTF-8 and comes back as it was: half of a surrogate pair would become another character. */
export function isUtf8Text(text: string, maxBytes: number): boolean {
  const sizeBytes = Buffer.byteLength(text);
  return sizeBytes > 0 && sizeBytes <= maxBytes && !/\p{Surrogate}/u.test(text);
}
