import type { Consumer } from "../router/consumer.js";
import type { RtpOutlet } from "../router/rtp-outlet.js";
import type { Instant } from "../time/instant.js";

export const PADDING = {
  /** Payload of a packet of padding alone, in bytes: the length is one byte (RFC 3550 §5.1). libwebrtc: 224. */
  paddingBytes: 255,
  /** Headers, extension and SRTP tag of any packet that is sent for a probe, in bytes, at most. */
  overheadBytes: 60,
  /** Packets looked at, newest first, for one that can be sent again in place of empty padding. */
  maxCandidates: 32,
} as const;

/** A Transport as probes know it. */
export interface PaddingSource {
  readonly outlet: RtpOutlet;
  readonly consumersBySsrc: ReadonlyMap<number, Consumer>;
}

/**
 * Lets time pass for the estimate, and sends the padding that it wants now, never more.
 *
 * Padding goes through RTX, which receivers know to throw away: packets of the latest video once more, because they are large
 * and may even repair something, or empty ones. Without RTX nothing is padded and nothing probed.
 */
export function pollPadding({ outlet, consumersBySsrc }: PaddingSource, now: Instant): void {
  const { bandwidth } = outlet;
  outlet.setNow(now);
  bandwidth.handleTimeout(now);
  outlet.updatePacing();
  outlet.paced.drain(now);
  outlet.isProbing = false;
  if (!bandwidth.isProbeWanted || !outlet.isReady) return;
  const consumer = paddingConsumer(consumersBySsrc);
  outlet.isProbing = consumer !== undefined;
  const request = consumer === undefined ? undefined : bandwidth.pollProbe(now);
  if (consumer === undefined || request === undefined) return;
  const end = outlet.bytesSent + request.bytes;
  let candidate = consumer.highestSent;
  const oldest = Math.max(0, candidate - PADDING.maxCandidates);
  while (outlet.bytesSent + PADDING.overheadBytes < end) {
    const roomBytes = end - outlet.bytesSent - PADDING.overheadBytes;
    while (candidate > oldest && !fits(consumer, candidate, roomBytes)) candidate--;
    const isSent =
      candidate > oldest ? consumer.resend(candidate--) : consumer.sendPadding(Math.min(PADDING.paddingBytes, roomBytes));
    if (!isSent) return;
  }
}

/** The one that carries video now, or else any that has RTX: what is paused may need the probe most. */
function paddingConsumer(consumers: ReadonlyMap<number, Consumer>): Consumer | undefined {
  let found: Consumer | undefined;
  for (const consumer of consumers.values()) {
    if (consumer.kind !== "video" || !consumer.canSendPadding) continue;
    if (consumer.isForwarding) return consumer;
    found ??= consumer;
  }
  return found;
}

function fits(consumer: Consumer, sent: number, roomBytes: number): boolean {
  if (!consumer.isForwarding || !consumer.log.has(sent)) return false;
  const sizeBytes = consumer.sizeOfSent(sent);
  return sizeBytes > PADDING.paddingBytes && sizeBytes <= roomBytes;
}
