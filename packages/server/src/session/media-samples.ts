import type { ConsumerRow } from "../worker/worker-statistics.js";
import type { Measured } from "./measured.js";
import type { MediaSample } from "./quality-score.js";
import type { ProducerReading } from "./room-statistics.js";

type Kind = "audio" | "video";

export interface MeasuredUpstream {
  readonly kind: Kind;
  /** Frames have to come: it is no screen that does not change, nor a video that its publisher was told not to send. */
  readonly isPictureDue: boolean;
  readonly measured: Measured<ProducerReading>;
}

export interface MeasuredDownstream {
  readonly kind: Kind;
  /** The subscriber asked for nothing. */
  readonly isPaused: boolean;
  readonly measured: Measured<ConsumerRow>;
  /** What is sent; its publisher's freezes are not the subscriber's. */
  readonly source: Measured<ProducerReading> | undefined;
}

/** One participant's media as four samples at most: audio and video, up and down. */
export function mediaSamples(
  up: readonly MeasuredUpstream[],
  down: readonly MeasuredDownstream[],
  roundTripMs: number,
): readonly MediaSample[] {
  return [
    upstreamSample("audio", up, roundTripMs),
    upstreamSample("video", up, roundTripMs),
    downstreamSample("audio", down, roundTripMs),
    downstreamSample("video", down, roundTripMs),
  ];
}

function upstreamSample(kind: Kind, all: readonly MeasuredUpstream[], roundTripMs: number): MediaSample {
  let [received, lost, jitterMs, frozenRatio] = [0, 0, 0, 0];
  for (const { kind: of, isPictureDue, measured } of all) {
    const packets = measured.grown("packets");
    if (of !== kind) continue;
    received += packets;
    lost += measured.grown("lost");
    if (packets > 0) jitterMs = Math.max(jitterMs, measured.row.jitterMs);
    if (isPictureDue) frozenRatio = Math.max(frozenRatio, frozen(measured));
  }
  const packets = received + lost;
  return { kind, packets, lossRatio: share(lost, packets), roundTripMs, jitterMs, frozenRatio, starvedRatio: 0 };
}

function downstreamSample(kind: Kind, all: readonly MeasuredDownstream[], roundTripMs: number): MediaSample {
  let [packets, lost, frozenSum, starved, wanted] = [0, 0, 0, 0, 0];
  for (const { kind: of, isPaused, measured, source } of all) {
    if (of !== kind || isPaused) continue;
    const sent = measured.grown("packets");
    packets += sent;
    lost += sent * measured.row.lossRatio;
    wanted++;
    starved += measured.row.isStarved;
    frozenSum += Math.max(0, frozen(measured) - (source === undefined ? 0 : frozen(source)));
  }
  const [frozenRatio, starvedRatio] = [share(frozenSum, wanted), share(starved, wanted)];
  return { kind, packets, lossRatio: share(lost, packets), roundTripMs, jitterMs: 0, frozenRatio, starvedRatio };
}

function frozen(measured: Measured<ConsumerRow> | Measured<ProducerReading>): number {
  return Math.min(1, share(measured.grown("frozenMs"), measured.seconds * 1000));
}

function share(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}
