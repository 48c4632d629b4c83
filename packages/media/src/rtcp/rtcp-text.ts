/** Longest text of a one-byte length field. */
const MAX_TEXT_BYTES = 255;

/**
 * Text of CNAME and BYE reason, one character per byte (Latin-1). What WebRTC sends is ASCII (RFC 7022), and this way any
 * other bytes come back unchanged.
 */
export function readText(view: DataView, offset: number, length: number): string {
  let text = "";
  for (let index = 0; index < length; index++) text += String.fromCharCode(view.getUint8(offset + index));
  return text;
}

/** Writes one byte per character, as many as {@link textBytes} says. */
export function writeText(view: DataView, offset: number, text: string): void {
  const length = textBytes(text);
  for (let index = 0; index < length; index++) view.setUint8(offset + index, text.charCodeAt(index));
}

/** Bytes that the text takes on the wire: longer text is cut. */
export function textBytes(text: string): number {
  return Math.min(text.length, MAX_TEXT_BYTES);
}
