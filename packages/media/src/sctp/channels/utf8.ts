const REPLACEMENT = 0xfffd;

/** UTF-8 of a label (RFC 3629); the core sees no TextEncoder. A lone surrogate becomes U+FFFD, as there. */
export function encodeUtf8(text: string): Uint8Array {
  const bytes: number[] = [];
  for (const character of text) {
    const point = character.codePointAt(0) ?? REPLACEMENT;
    const code = point >= 0xd800 && point <= 0xdfff ? REPLACEMENT : point;
    if (code < 0x80) {
      bytes.push(code);
      continue;
    }
    const tail = code < 0x800 ? 1 : code < 0x1_0000 ? 2 : 3;
    const lead = [0, 0xc0, 0xe0, 0xf0][tail] as number;
    bytes.push(lead | (code >> (6 * tail)));
    for (let shift = 6 * (tail - 1); shift >= 0; shift -= 6) bytes.push(0x80 | ((code >> shift) & 0x3f));
  }
  return Uint8Array.from(bytes);
}

/** The text of UTF-8 bytes; undefined when they are none: overlong forms and surrogates included. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  let text = "";
  for (let index = 0; index < bytes.length; ) {
    const lead = bytes[index++] as number;
    if (lead < 0x80) {
      text += String.fromCharCode(lead);
      continue;
    }
    const tail = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
    if (lead < 0xc2 || lead > 0xf4 || index + tail > bytes.length) return undefined;
    let code = lead & (0x3f >> tail);
    for (let count = 0; count < tail; count++) {
      const next = bytes[index++] as number;
      if ((next & 0xc0) !== 0x80) return undefined;
      code = (code << 6) | (next & 0x3f);
    }
    const isOverlong = (tail === 2 && code < 0x800) || (tail === 3 && code < 0x1_0000);
    if (isOverlong || code > 0x10_ffff || (code >= 0xd800 && code <= 0xdfff)) return undefined;
    text += String.fromCodePoint(code);
  }
  return text;
}
