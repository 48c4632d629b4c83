/** Marks the packets of the bench among whatever a server may send besides: probes, padding, silence. */
const MAGIC = 0x53_4c_50_42;
const MAGIC_BYTES = 4;
/** At the end of the payload: what servers rewrite (header, extensions, VP8 descriptor) is at its front. */
export const STAMP_BYTES = MAGIC_BYTES + 8;

/** Microseconds of the clock that all processes of this machine share (CLOCK_MONOTONIC). */
export function sharedNowUs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e6 + nanoseconds / 1e3;
}

/** Writes when the packet was sent into its last bytes. */
export function writeStamp(packet: Buffer, sentUs: number): void {
  packet.writeUInt32BE(MAGIC, packet.length - STAMP_BYTES);
  packet.writeDoubleBE(sentUs, packet.length - STAMP_BYTES + MAGIC_BYTES);
}

/** When the packet was sent; undefined for one that carries no stamp. */
export function readStamp(packet: Buffer): number | undefined {
  if (packet.length < STAMP_BYTES || packet.readUInt32BE(packet.length - STAMP_BYTES) !== MAGIC) return undefined;
  return packet.readDoubleBE(packet.length - STAMP_BYTES + MAGIC_BYTES);
}
