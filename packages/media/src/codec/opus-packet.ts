/** An Opus packet lasts 120 ms at most (RFC 6716 §3.2.5 [R5]). */
const MAX_PACKET_MS = 120;

/** Frame lengths of each of the four SILK, two hybrid and four CELT groups of configurations, in ms (RFC 6716 table 2). */
const SILK_MS = [10, 20, 40, 60];
const HYBRID_MS = [10, 20];
const CELT_MS = [2.5, 5, 10, 20];

/**
 * How long an Opus packet plays, in ms: 2.5 to 120 (RFC 6716 §3.1). One millisecond is 48 ticks of its RTP clock.
 *
 * @returns undefined when the packet is empty, cut short in its header, or longer than Opus allows
 */
export function opusPacketDurationMs(packet: Uint8Array): number | undefined {
  const toc = packet[0];
  if (toc === undefined) return undefined;
  const frames = frameCount(toc, packet);
  if (frames === undefined || frames === 0) return undefined;
  const durationMs = frames * frameMs(toc >> 3);
  return durationMs <= MAX_PACKET_MS ? durationMs : undefined;
}

function frameCount(toc: number, packet: Uint8Array): number | undefined {
  switch (toc & 0x03) {
    case 0:
      return 1;
    case 3: {
      const count = packet[1];
      return count === undefined ? undefined : count & 0x3f;
    }
    default:
      return 2;
  }
}

function frameMs(configuration: number): number {
  if (configuration < 12) return SILK_MS[configuration % 4] ?? 0;
  if (configuration < 16) return HYBRID_MS[configuration % 2] ?? 0;
  return CELT_MS[configuration % 4] ?? 0;
}
