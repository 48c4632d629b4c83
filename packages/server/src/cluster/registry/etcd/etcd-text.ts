const ENCODER = new TextEncoder();
const DECODER = new TextDecoder();

export function encodeKey(key: string): Uint8Array {
  return ENCODER.encode(key);
}

/** Bytes that are no UTF-8 become U+FFFD, which no key of ours has. */
export function decodeKey(bytes: Uint8Array): string {
  return DECODER.decode(bytes);
}

/** The first key after all that begin with `prefix`, which is ASCII: etcd's `range_end`. */
export function endOfPrefix(prefix: string): Uint8Array {
  const end = encodeKey(prefix);
  end[end.length - 1] = (end[end.length - 1] as number) + 1;
  return end;
}
