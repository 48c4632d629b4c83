import { setTimeout as delay } from "node:timers/promises";
import { SluiceError } from "@sluice/protocol";
import type { MediaFile } from "../../media-file/media-file.js";
import { MediaHost } from "../../participant/media-host.js";
import { ArrivalSchedule } from "../arrival-schedule.js";
import { ErrorTally } from "../error-tally.js";
import { type LatencyCounts, LatencyHistogram } from "../latency-histogram.js";
import { socketDrops } from "../socket-drops.js";
import { addUp } from "./add-up.js";
import { BadNetwork } from "./bad-network.js";
import { createLoadAudio, createLoadVideo } from "./load-tracks.js";
import { MediaMember } from "./media-member.js";
import type { MediaSample } from "./media-messages.js";
import { type MediaPlan, membersOf, type PlannedMember, type Role } from "./media-plan.js";
import { machineUs } from "./send-stamp.js";

/** Slots for each participant; those that publish and sample share what the many that only count leave. */
const SLOTS = 256;
/** Feedback is due every 50 to 100 ms. */
const TAPPED_TICKS = 10;
/** How often the event loop is asked whether it is on time, ms. */
const LAG_INTERVAL_MS = 20;
/** At one time on their way in, of one process: what is due beyond waits, and its waiting counts. */
const MAX_JOINING = 100;

/** The load of media of one process. */
export class MediaLoad {
  readonly #plan: MediaPlan;
  readonly #processIndex: number;
  readonly #host: MediaHost;
  readonly #network: BadNetwork | undefined;
  readonly #files: Readonly<Record<Role, readonly MediaFile[]>>;
  readonly #publishers: MediaMember[] = [];
  readonly #subscribers: MediaMember[] = [];
  readonly #delay = new LatencyHistogram();
  readonly #join = new LatencyHistogram();
  readonly #firstPacket = new LatencyHistogram();
  readonly #lag = new LatencyHistogram();
  readonly #errors = new ErrorTally();
  readonly #handleRefused: (error: SluiceError, connections: number) => void;
  readonly #stopping = new AbortController();
  /** When each was due that has received nothing yet. */
  readonly #awaited = new Map<MediaMember, number>();
  readonly #lagTimer: NodeJS.Timeout;
  #lagDueMs = performance.now() + LAG_INTERVAL_MS;
  #attempts = 0;
  #isMeasuring = false;
  /** Known when measuring is over: it takes a look at every socket. */
  #drops = 0;
  #cpu = process.cpuUsage();

  constructor(plan: MediaPlan, processIndex: number, handleRefused: (error: SluiceError, connections: number) => void) {
    this.#plan = plan;
    this.#processIndex = processIndex;
    this.#handleRefused = handleRefused;
    const members = membersOf(plan, processIndex, true).length + membersOf(plan, processIndex, false).length;
    this.#host = new MediaHost({
      maxParticipants: Math.max(1, members),
      slotsPerParticipant: SLOTS,
      tappedTicks: TAPPED_TICKS,
    });
    this.#network = plan.impairment && new BadNetwork(plan.impairment, 1 + 1_000_000 * processIndex);
    this.#files = { video: [createLoadVideo(plan.bitrateBps, plan.frameRate)], audio: [createLoadAudio()], subscriber: [] };
    this.#lagTimer = setInterval(() => this.#handleLag(), LAG_INTERVAL_MS);
  }

  /** Resolves when each has joined or failed, and subscribers have received something where there is anything. */
  async join(isPublishing: boolean): Promise<void> {
    const members = membersOf(this.#plan, this.#processIndex, isPublishing);
    const schedule = new ArrivalSchedule(performance.now(), this.#plan.joinsPerSecond / this.#plan.processes);
    const joining = new Set<Promise<void>>();
    for (const [index, planned] of members.entries()) {
      const dueMs = schedule.nextMs ?? performance.now();
      schedule.takeDue(dueMs);
      if (joining.size >= MAX_JOINING) await Promise.race(joining);
      await this.#pause(dueMs - performance.now());
      if (this.#stopping.signal.aborted) break;
      const joined = this.#enter(planned, index, dueMs).finally(() => joining.delete(joined));
      joining.add(joined);
    }
    await Promise.all(joining);
    if (!isPublishing) await this.#waitForMedia();
  }

  /** Resolves after so long, or when the load is stopped. */
  async measure(durationMs: number): Promise<void> {
    for (const member of [...this.#publishers, ...this.#subscribers]) member.begin();
    const dropsBefore = socketDrops(process.pid);
    this.#isMeasuring = true;
    await this.#pause(durationMs);
    this.#drops = socketDrops(process.pid) - dropsBefore;
  }

  /** After the last sample of what was measured. */
  endMeasuring(): void {
    this.#isMeasuring = false;
  }

  stop(): void {
    this.#stopping.abort();
  }

  async close(): Promise<void> {
    this.stop();
    clearInterval(this.#lagTimer);
    await Promise.all([...this.#publishers, ...this.#subscribers].map((member) => member.leave()));
    await this.#network?.close();
    this.#host.close();
  }

  takeSample(): MediaSample {
    const cpu = process.cpuUsage(this.#cpu);
    this.#cpu = process.cpuUsage();
    const attempts = this.#attempts;
    this.#attempts = 0;
    const received = (isSampled: boolean) =>
      addUp(this.#subscribers.filter(({ planned }) => planned.isSampled === isSampled).map((each) => each.received));
    return {
      isMeasuring: this.#isMeasuring,
      publishers: this.#publishers.length,
      subscribers: this.#subscribers.length,
      sentPackets: this.#publishers.reduce((sum, { sentPackets }) => sum + sentPackets, 0),
      sampled: received(true),
      counted: received(false),
      delay: this.#delay.take(),
      join: this.#join.take(),
      firstPacket: this.#firstPacket.take(),
      lag: this.#takeLag(),
      errors: this.#errors.take(),
      attempts,
      cpuMs: (cpu.user + cpu.system) / 1_000,
      socketDrops: this.#drops,
    };
  }

  async #enter(planned: PlannedMember, index: number, dueMs: number): Promise<void> {
    this.#attempts += 1;
    const isPublisher = planned.role !== "subscriber";
    const member = new MediaMember(planned, this.#plan, {
      handleFirstPacket: (each) => this.#handleFirstPacket(each),
      handleStamp: (sentUs, now) => {
        if (this.#isMeasuring) this.#delay.record(machineUs(now) - sentUs);
      },
      handleError: (error) => this.#errors.add(error.code, error.message),
    });
    if (!isPublisher) this.#awaited.set(member, dueMs);
    try {
      await member.join(this.#host, this.#files[planned.role], this.#network?.redirect(index));
      this.#join.record((performance.now() - dueMs) * 1_000);
      (isPublisher ? this.#publishers : this.#subscribers).push(member);
    } catch (error) {
      this.#awaited.delete(member);
      this.#handleFailure(error instanceof SluiceError ? error : new SluiceError("internal", String(error)));
    }
  }

  #handleFailure(error: SluiceError): void {
    if (this.#stopping.signal.aborted) return;
    this.#errors.add(error.code, error.message);
    const joined = this.#publishers.length + this.#subscribers.length;
    if (joined > 0 && error.code !== "resourceExhausted") return;
    this.stop();
    this.#handleRefused(error, joined);
  }

  #handleFirstPacket(member: MediaMember): void {
    const dueMs = this.#awaited.get(member);
    if (dueMs === undefined) return;
    this.#awaited.delete(member);
    this.#firstPacket.record((performance.now() - dueMs) * 1_000);
  }

  async #waitForMedia(): Promise<void> {
    const { videoPublishers, audioPublishers, timeoutMs } = this.#plan;
    if (videoPublishers + audioPublishers === 0) return;
    const endMs = performance.now() + timeoutMs;
    while (this.#awaited.size > 0 && performance.now() < endMs && !this.#stopping.signal.aborted) await this.#pause(50);
    if (!this.#stopping.signal.aborted) this.#errors.add("noMedia", `no packet within ${timeoutMs} ms`, this.#awaited.size);
    this.#awaited.clear();
  }

  /** Shorter when the load is stopped. */
  async #pause(ms: number): Promise<void> {
    if (ms <= 0 || this.#stopping.signal.aborted) return;
    await delay(ms, undefined, { signal: this.#stopping.signal }).catch(() => {}); // Stopped: as if the time were over.
  }

  #handleLag(): void {
    const nowMs = performance.now();
    this.#lag.record(Math.max(0, nowMs - this.#lagDueMs) * 1_000);
    this.#lagDueMs = nowMs + LAG_INTERVAL_MS;
  }

  /** What it was before measuring does not matter. */
  #takeLag(): LatencyCounts {
    const counts = this.#lag.take();
    return this.#isMeasuring ? counts : this.#lag.toCounts();
  }
}
