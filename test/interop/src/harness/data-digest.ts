/** What a test compares of a data message that was received. */
export interface HeardData {
  /** Participant id of the sender. */
  readonly from: string;
  readonly topic: string;
  readonly bytes: number;
  /** FNV-1a of all bytes, 32 bits. */
  readonly digest: number;
  /** Of its first bytes. */
  readonly text: string;
}

/** Bytes that are the same in every process and differ all along, so that no part can be missing or in another place. */
export function patternBytes(sizeBytes: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(sizeBytes);
  for (let at = 0; at < sizeBytes; at++) bytes[at] = (at ^ (at >> 8) ^ (at >> 16)) & 0xff;
  return bytes;
}

/** Runs in pages too, so it uses nothing of this module. */
export function describeData(from: string, topic: string, data: Uint8Array): HeardData {
  let digest = 0x811c9dc5;
  for (const byte of data) digest = Math.imul(digest ^ byte, 0x01000193) >>> 0;
  const text = new TextDecoder().decode(data.subarray(0, 40));
  return { from, topic, bytes: data.length, digest, text };
}
