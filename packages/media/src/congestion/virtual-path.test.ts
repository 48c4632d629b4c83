/** A sender and a receiver with a bad network between them, in virtual time: the ground of the congestion control tables. */
import assert from "node:assert/strict";
import { Link, type LinkParameters, RandomGenerator } from "@sluice/netem";
import { parseRtcp, serializeRtcp } from "../rtcp/rtcp-compound.js";
import { after, elapsedMs, type Instant, instant } from "../time/instant.js";
import { BandwidthEstimator, type BandwidthEstimatorOptions } from "./bandwidth-estimator.js";
import { sentPacketFlags } from "./feedback-results.js";
import { Pacer } from "./pacer.js";
import { TransportFeedbackGenerator } from "./transport-feedback-generator.js";

const STEP_MS = 1;
const FRAME_MS = 33;
const AUDIO_MS = 20;
const AUDIO_BYTES = 120;
const PACKET_BYTES = 1200;
const PROBE_POLL_MS = 10;
const KEY_FRAME_MS = 4000;
const MAX_QUEUED_PACKETS = 600;

/** How much video the sender makes, in bit/s, when the estimate is `estimateBps`. */
export type SourceRate = (estimateBps: number, nowMs: number) => number;

/** Fills the path: an encoder that follows the estimate, up to `maxBps`. */
export function following(maxBps: number): SourceRate {
  return (estimateBps) => Math.min(maxBps, estimateBps * 0.95);
}

/** An SFU's sender: the largest of these encodings that fits, whatever else the path could carry. */
export function layered(...encodingsBps: number[]): SourceRate {
  return (estimateBps) => Math.max(...encodingsBps.filter((bps, index) => index === 0 || bps <= estimateBps));
}

export interface Sample {
  readonly atMs: number;
  readonly estimateBps: number;
  /** Delivered in the sample's interval. */
  readonly deliveredBps: number;
  /** Longest time that a delivered packet was under way in the sample's interval, in ms. */
  readonly delayMs: number;
}

export const SAMPLE_MS = 100;

export class VirtualPath {
  readonly forward: Link;
  readonly backward: Link;
  readonly estimator: BandwidthEstimator;
  readonly generator = new TransportFeedbackGenerator();
  readonly samples: Sample[] = [];
  readonly #source: SourceRate;
  readonly #pacer = new Pacer();
  readonly #random: RandomGenerator;
  readonly #queue: number[] = [];
  #now = instant(1_000_000);
  #elapsedMs = 0;
  #frame = 0;
  #deliveredBytes = 0;
  #delayMs = 0;
  sentBytes = 0;
  paddingBytes = 0;
  overflowed = 0;
  feedbackEnabled = true;
  probesEnabled = true;

  constructor(
    seed: number,
    link: Partial<LinkParameters>,
    source: SourceRate,
    demandBps: number,
    options: BandwidthEstimatorOptions = {},
  ) {
    const { delayMs = 0, jitterMs = 0 } = link;
    this.forward = new Link(seed, link);
    this.backward = new Link(seed + 1, { delayMs, jitterMs });
    this.estimator = new BandwidthEstimator(options);
    this.#source = source;
    this.#random = new RandomGenerator(seed + 2);
    this.estimator.setDemand(demandBps, this.#now);
  }

  get now(): Instant {
    return this.#now;
  }

  get elapsedMs(): number {
    return this.#elapsedMs;
  }

  run(durationMs: number): void {
    const end = this.#elapsedMs + durationMs;
    while (this.#elapsedMs < end) this.#step();
  }

  /** The samples from `fromMs` to `toMs`. */
  between(fromMs: number, toMs: number): readonly Sample[] {
    return this.samples.filter(({ atMs }) => atMs >= fromMs && atMs < toMs);
  }

  #step(): void {
    this.#now = after(this.#now, STEP_MS);
    this.#elapsedMs += STEP_MS;
    const now = this.#now;
    this.#deliver(now);
    if (this.#elapsedMs % AUDIO_MS === 0) this.#send(AUDIO_BYTES, true, false);
    if (this.#elapsedMs % FRAME_MS === 0) this.#makeFrame();
    while (this.#queue.length > 0 && this.#pacer.canSend(now)) this.#send(this.#queue.shift() ?? 0, false, false);
    if (this.#elapsedMs % PROBE_POLL_MS === 0) {
      this.estimator.handleTimeout(now);
      this.#pacer.setEstimate(this.estimator.estimateBps);
      if (this.probesEnabled) this.#probe();
    }
    if (this.#elapsedMs % SAMPLE_MS === 0) this.#sample();
  }

  #deliver(now: Instant): void {
    for (let due = this.forward.pollTimeout(); due !== undefined && due <= now; due = this.forward.pollTimeout()) {
      const data = this.forward.pollDatagram(now);
      assert.ok(data !== undefined);
      this.#deliveredBytes += data.length;
      this.#delayMs = Math.max(this.#delayMs, elapsedMs(instant(new DataView(data.buffer).getFloat64(2)), instant(due)));
      this.generator.handlePacket(((data[0] ?? 0) << 8) | (data[1] ?? 0), instant(due), 0);
    }
    for (let next = this.#pollFeedback(now); next !== undefined; next = this.#pollFeedback(now)) {
      if (this.feedbackEnabled) this.backward.handleDatagram(serializeRtcp([next]), now);
    }
    for (let data = this.backward.pollDatagram(now); data !== undefined; data = this.backward.pollDatagram(now)) {
      for (const packet of parseRtcp(data) ?? []) {
        assert.equal(packet.type, "transportFeedback");
        if (packet.type === "transportFeedback") this.estimator.handleFeedback(packet, now);
      }
    }
  }

  #pollFeedback(now: Instant) {
    // The generator is polled every 10 ms, as a node's timer does it.
    return this.#elapsedMs % 10 === 0 ? this.generator.pollFeedback(1, 2, now) : undefined;
  }

  /** Frames vary by ± 20 %, and every few seconds one is four times as large. */
  #makeFrame(): void {
    const bps = this.#source(this.estimator.estimateBps ?? Number.POSITIVE_INFINITY, this.#elapsedMs);
    const isKeyFrame = this.#frame++ % Math.round(KEY_FRAME_MS / FRAME_MS) === 0;
    const sizeBytes = (bps / 8) * (FRAME_MS / 1000) * (0.8 + 0.4 * this.#random.next()) * (isKeyFrame ? 4 : 0.975);
    for (let left = sizeBytes; left > 0; left -= PACKET_BYTES) {
      if (this.#queue.length >= MAX_QUEUED_PACKETS) this.overflowed++;
      else this.#queue.push(Math.max(100, Math.min(PACKET_BYTES, Math.round(left))));
    }
  }

  #probe(): void {
    const request = this.estimator.pollProbe(this.#now);
    if (request === undefined) return;
    let left = request.bytes;
    while (left >= 200) {
      const sizeBytes = Math.min(PACKET_BYTES, left);
      this.paddingBytes += sizeBytes;
      this.#send(sizeBytes, false, true);
      left -= sizeBytes;
    }
  }

  #send(sizeBytes: number, isAudio: boolean, isRetransmission: boolean): void {
    const number = this.estimator.sentPackets.add(sizeBytes, sentPacketFlags(isAudio, isRetransmission), this.#now);
    this.#pacer.handleSent(sizeBytes);
    const data = new Uint8Array(sizeBytes);
    data[0] = number >> 8;
    data[1] = number & 0xff;
    new DataView(data.buffer).setFloat64(2, this.#now);
    this.sentBytes += sizeBytes;
    this.forward.handleDatagram(data, this.#now);
  }

  #sample(): void {
    const deliveredBps = (this.#deliveredBytes * 8000) / SAMPLE_MS;
    const { estimateBps = 0 } = this.estimator;
    this.samples.push({ atMs: this.#elapsedMs, estimateBps, deliveredBps, delayMs: this.#delayMs });
    this.#deliveredBytes = 0;
    this.#delayMs = 0;
  }
}
