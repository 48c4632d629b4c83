/** Parameters and error causes: a 16-bit type, a 16-bit length with these four bytes in it, a value, padding to four (RFC 9260 §3.2.1). */
export const PARAMETER_HEADER_BYTES = 4;

/** `length` with the padding to a multiple of four. */
export function padded(length: number): number {
  return (length + 3) & ~3;
}

/**
 * Calls `visit` for each element of `bytes[start, end)` with the bounds of its value, until it returns false. Padding behind the
 * last one may be missing. False: an element did not fit; those before have been visited.
 */
export function visitParameters(
  view: DataView,
  start: number,
  end: number,
  visit: (type: number, valueStart: number, valueEnd: number) => boolean,
): boolean {
  for (let offset = start; offset < end; ) {
    if (offset + PARAMETER_HEADER_BYTES > end) return false;
    const length = view.getUint16(offset + 2);
    if (length < PARAMETER_HEADER_BYTES || offset + length > end) return false;
    if (!visit(view.getUint16(offset), offset + PARAMETER_HEADER_BYTES, offset + length)) return true;
    offset += padded(length);
  }
  return true;
}

/** One element with its padding. */
export function serializeParameter(type: number, value: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(padded(PARAMETER_HEADER_BYTES + value.length));
  const view = new DataView(bytes.buffer);
  view.setUint16(0, type);
  view.setUint16(2, PARAMETER_HEADER_BYTES + value.length);
  bytes.set(value, PARAMETER_HEADER_BYTES);
  return bytes;
}
