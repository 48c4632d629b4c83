/**
 * How good one direction of one kind of media is, 0–100: the simplified E-model of LiveKit's and PingPlotter's MOS, with freezes
 * and starvation for video. docs/reference/quality.md is the same in prose.
 */
export interface MediaSample {
  readonly kind: "audio" | "video";
  /** In the interval, received and lost together. */
  readonly packets: number;
  /** 0–1. */
  readonly lossRatio: number;
  readonly roundTripMs: number;
  readonly jitterMs: number;
  /** Share of the time in which the picture stood still by fault of this path, 0–1. */
  readonly frozenRatio: number;
  /** Share of the videos wanted that the path to the participant does not carry, 0–1. */
  readonly starvedRatio: number;
}

/** Points by which one per cent of loss makes it worse: video good from 2 %, poor from 6 %; audio, which conceals, 2.5 and 7.5 %. */
export const LOSS_WEIGHT = { video: 10, audio: 8 } as const;
/** Packets in an interval below which loss says nothing. */
export const MIN_PACKETS = 10;
/** Delay, ms: up to the first a point each 40 ms, then one each 10 ms beyond the second (ITU-T G.107, simplified). */
export const DELAY = { kneeMs: 160, offsetMs: 120, msPerPointBelow: 40, msPerPointAbove: 10 } as const;
/** Points for a picture that stood still all the time. */
export const FREEZE_WEIGHT = 100;
/** Points when nothing of the videos can be sent. */
export const STARVATION_WEIGHT = 60;

export function qualityScore(sample: MediaSample): number {
  const { kind, packets, lossRatio, roundTripMs, jitterMs, frozenRatio, starvedRatio } = sample;
  // The other participant's path is not known here; taking it for as long as this one, what is heard is one round trip old.
  const delayMs = packets === 0 ? 0 : roundTripMs + 2 * jitterMs;
  const delay = delayMs <= DELAY.kneeMs ? delayMs / DELAY.msPerPointBelow : (delayMs - DELAY.offsetMs) / DELAY.msPerPointAbove;
  const loss = packets < MIN_PACKETS ? 0 : lossRatio * 100 * LOSS_WEIGHT[kind];
  return Math.max(0, 100 - delay - loss - frozenRatio * FREEZE_WEIGHT - starvedRatio * STARVATION_WEIGHT);
}
