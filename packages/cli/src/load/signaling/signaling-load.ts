import type { SluiceError } from "@sluice/protocol";
import { ArrivalSchedule } from "../arrival-schedule.js";
import { ConnectionPump } from "./connection-pump.js";
import { asError, type LoadParticipant } from "./load-participant.js";
import { MixSequence, type Operation } from "./mix.js";
import { canPerform, deliveredMs, perform } from "./operations.js";
import type { SignalingMeter } from "./signaling-meter.js";
import { connectionsOf, type SignalingPlan } from "./signaling-plan.js";

/** Requests without an answer, of one process: what is due beyond is an error and not sent, or a server that stands still would fill our memory. */
const MAX_IN_FLIGHT = 50_000;
/** How often requests without an answer are looked at, ms. */
const SWEEP_MS = 50;
/** What those have that are under way when the load is stopped early, ms. */
const STOP_GRACE_MS = 2_000;
/** How many connections are looked at for one that can do what is due. */
const MAX_LOOKS = 64;

interface InFlight {
  readonly participant: LoadParticipant;
  readonly deadlineMs: number;
  isSettled: boolean;
}

/** The signaling load of one process. Times are monotonic ms of its own. */
export class SignalingLoad {
  readonly #plan: SignalingPlan;
  readonly #processIndex: number;
  readonly #meter: SignalingMeter;
  readonly #pump: ConnectionPump;
  readonly #sequence: MixSequence;
  /** In the order of their deadlines. */
  #inFlight: InFlight[] = [];
  #unsettled = 0;
  #turn = 0;
  /** Connections of all processes together that there are to be now. */
  #total = 0;
  #stopMs: number | undefined;

  /** `handleRefused`: see ConnectionPump. */
  constructor(
    plan: SignalingPlan,
    processIndex: number,
    meter: SignalingMeter,
    handleRefused: (error: SluiceError, connections: number) => void,
  ) {
    this.#plan = plan;
    this.#processIndex = processIndex;
    this.#meter = meter;
    this.#sequence = new MixSequence(plan.mix);
    this.#pump = new ConnectionPump(plan, meter, {
      handleRefused,
      handleDelivery: (text) => {
        const sentMs = deliveredMs(text);
        if (sentMs !== undefined) meter.handleDelivery(sentMs, performance.now());
      },
    });
  }

  get connections(): number {
    return this.#pump.ready.length;
  }

  get inFlight(): number {
    return this.#unsettled;
  }

  /** Resolves when this process's share of `total` connections is there, or has been tried, or the load was stopped. */
  grow(total: number): Promise<void> {
    this.#total = total;
    return this.#pump.open(connectionsOf(this.#plan, this.#processIndex, total), total);
  }

  /** Sends this process's share for so long; resolves when every request is answered or given up. */
  async measure(durationMs: number): Promise<void> {
    const { requestsPerSecond, processes } = this.#plan;
    const share = connectionsOf(this.#plan, this.#processIndex, this.#total).length / Math.max(1, this.#total);
    const rate = requestsPerSecond * share;
    const startMs = performance.now();
    // Several processes take turns.
    const offsetMs = rate === 0 ? 0 : (1_000 / rate) * (this.#processIndex / processes);
    const schedule = new ArrivalSchedule(startMs + offsetMs, rate, Math.round((rate * durationMs) / 1_000));
    const endMs = startMs + durationMs;
    while (this.#stopMs === undefined) {
      const nowMs = performance.now();
      for (let due = schedule.takeDue(nowMs); due !== undefined; due = schedule.takeDue(nowMs)) this.#send(due);
      this.#sweep(nowMs);
      const nextMs = schedule.nextMs ?? endMs;
      if (nowMs >= endMs) break;
      await pause(Math.min(Math.max(nextMs - nowMs, 0), SWEEP_MS));
    }
    while (this.#unsettled > 0 && performance.now() < (this.#stopMs ?? Infinity) + STOP_GRACE_MS) {
      await pause(SWEEP_MS);
      this.#sweep(performance.now());
    }
    this.#inFlight = [];
  }

  stop(): void {
    this.#stopMs ??= performance.now();
    this.#pump.stop();
  }

  leave(): void {
    this.stop();
    for (const participant of [...this.#pump.ready]) participant.leave();
  }

  #send(intendedMs: number): void {
    const operation = this.#sequence.next();
    if (this.#unsettled >= MAX_IN_FLIGHT) {
      this.#meter.handleRequestError("notSent", `${MAX_IN_FLIGHT} requests wait for their answers`);
      return;
    }
    const participant = this.#choose(operation);
    if (participant === undefined) {
      this.#meter.handleRequestError("notSent", `no connection can ${operation} now`);
      return;
    }
    void this.#perform(operation, participant, intendedMs);
  }

  /** In turns, whoever is able to. */
  #choose(operation: Operation): LoadParticipant | undefined {
    const { ready } = this.#pump;
    for (let look = Math.min(MAX_LOOKS, ready.length); look > 0; look--) {
      this.#turn = (this.#turn + 1) % ready.length;
      const participant = ready[this.#turn];
      if (participant !== undefined && canPerform(operation, participant, this.#plan.mix)) return participant;
    }
    return undefined;
  }

  async #perform(operation: Operation, participant: LoadParticipant, intendedMs: number): Promise<void> {
    const sentMs = performance.now();
    const request: InFlight = { participant, deadlineMs: sentMs + this.#plan.timeoutMs, isSettled: false };
    this.#inFlight.push(request);
    this.#unsettled += 1;
    this.#meter.handleSent(intendedMs, sentMs);
    try {
      const { name, answer } = perform(operation, participant, this.#plan.mix, intendedMs);
      await answer;
      if (this.#settle(request)) this.#meter.handleAnswer(name, { intendedMs, sentMs, answeredMs: performance.now() });
    } catch (error) {
      const { code, message } = asError(error);
      if (this.#settle(request)) this.#meter.handleRequestError(code, message);
    }
  }

  #settle(request: InFlight): boolean {
    if (request.isSettled) return false;
    request.isSettled = true;
    this.#unsettled -= 1;
    return true;
  }

  /** A connection that does not answer is no connection: it is closed, and opened anew. */
  #sweep(nowMs: number): void {
    let done = 0;
    for (const request of this.#inFlight) {
      if (!request.isSettled && request.deadlineMs > nowMs) break;
      done += 1;
      if (!this.#settle(request)) continue;
      const message = `no answer within ${this.#plan.timeoutMs} ms`;
      this.#meter.handleRequestError("timeout", message);
      request.participant.closeSilent(message);
    }
    if (done > 0) this.#inFlight.splice(0, done);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
