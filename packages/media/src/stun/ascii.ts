const REPLACEMENT = 0xfffd;

/** The bytes of ASCII text. A caller that passes anything else has a bug: ufrags and passwords are ice-chars. */
export function asciiBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code > 0x7f) throw new RangeError("STUN text must be ASCII");
    bytes[index] = code;
  }
  return bytes;
}

/** The text of `bytes[start, end)`; what is not ASCII becomes U+FFFD. */
export function asciiText(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  for (let index = start; index < end; index++) {
    const code = bytes[index] as number;
    text += String.fromCharCode(code > 0x7f ? REPLACEMENT : code);
  }
  return text;
}
