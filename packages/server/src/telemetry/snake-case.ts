/** What the code calls "tooManyStreams" and "sctp.wrongTag" is "too_many_streams" and "sctp_wrong_tag" in the value of a label. */
export function snakeCase(name: string): string {
  return name.replaceAll(".", "_").replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
