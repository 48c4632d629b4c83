import type { SluiceError } from "@sluice/protocol";
import { ArrivalSchedule } from "../arrival-schedule.js";
import { LoadParticipant } from "./load-participant.js";
import { LoadRoom } from "./load-room.js";
import type { SignalingMeter } from "./signaling-meter.js";
import { hasCompany, type SignalingPlan } from "./signaling-plan.js";

export interface ConnectionPumpListener {
  /** It makes no sense to go on: nothing has ever answered, or a limit of the server is reached. At most once. */
  handleRefused(error: SluiceError, connections: number): void;
  handleDelivery(text: string): void;
}

/** Who was put out for good is not opened again. */
const FINAL_CODES: ReadonlySet<string> = new Set(["alreadyExists", "unauthenticated", "permissionDenied"]);

/** Opens the connections of one process at the rate of the plan, and those again that were lost. */
export class ConnectionPump {
  readonly #plan: SignalingPlan;
  readonly #meter: SignalingMeter;
  readonly #listener: ConnectionPumpListener;
  readonly #participants = new Map<number, LoadParticipant>();
  readonly #rooms = new Map<string, LoadRoom<LoadParticipant>>();
  readonly #ready: LoadParticipant[] = [];
  /** When each was due that is on its way, ms. */
  readonly #dueMs = new Map<LoadParticipant, number>();
  /** Those whose first attempt somebody waits for. */
  readonly #awaited = new Set<LoadParticipant>();
  #waiting: LoadParticipant[] = [];
  #schedule: ArrivalSchedule | undefined;
  #timer: NodeJS.Timeout | undefined;
  #resolve: (() => void) | undefined;
  #hasConnected = false;
  #isStopped = false;

  constructor(plan: SignalingPlan, meter: SignalingMeter, listener: ConnectionPumpListener) {
    this.#plan = plan;
    this.#meter = meter;
    this.#listener = listener;
  }

  /** Whoever is connected and in its room; changes. */
  get ready(): readonly LoadParticipant[] {
    return this.#ready;
  }

  /** Opens those of `indices` that are not there; `total` says of how many in all processes together. Resolves when each was tried. */
  open(indices: readonly number[], total: number): Promise<void> {
    const fresh = indices.filter((index) => !this.#participants.has(index)).map((index) => this.#create(index));
    if (fresh.length === 0 || this.#isStopped) return Promise.resolve();
    for (const participant of fresh) this.#awaited.add(participant);
    this.#waiting.push(...fresh);
    const rate = (this.#plan.connectionsPerSecond * indices.length) / Math.max(1, total);
    this.#schedule = new ArrivalSchedule(performance.now(), rate);
    return new Promise((resolve) => {
      this.#resolve = resolve;
      this.#pump();
    });
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    this.#awaited.clear();
    this.#resolve?.();
  }

  #create(index: number): LoadParticipant {
    const { participantsPerRoom, roomPrefix } = this.#plan;
    const name = `${roomPrefix}-${Math.floor(index / participantsPerRoom)}`;
    const room = this.#rooms.get(name) ?? new LoadRoom<LoadParticipant>(name);
    this.#rooms.set(name, room);
    const isHost = hasCompany(this.#plan, index) && index % participantsPerRoom === 0;
    const participant = new LoadParticipant(index, room, isHost, this.#plan, {
      handleReady: (ready) => this.#handleReady(ready),
      handleLost: (lost, error) => this.#handleLost(lost, error),
      handleDelivery: (text) => this.#listener.handleDelivery(text),
    });
    this.#participants.set(index, participant);
    return participant;
  }

  #pump(): void {
    const nowMs = performance.now();
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#isStopped || this.#schedule === undefined) return;
    for (let dueMs = this.#takeDue(nowMs); dueMs !== undefined; dueMs = this.#takeDue(nowMs)) {
      const participant = this.#waiting.shift();
      if (participant === undefined) break;
      this.#meter.handleConnectionAttempt();
      this.#dueMs.set(participant, dueMs);
      void participant.open();
    }
    const nextMs = this.#schedule.nextMs;
    if (this.#waiting.length > 0 && nextMs !== undefined)
      this.#timer = setTimeout(() => this.#pump(), Math.max(0, nextMs - nowMs));
  }

  #takeDue(nowMs: number): number | undefined {
    return this.#waiting.length === 0 ? undefined : this.#schedule?.takeDue(nowMs);
  }

  #handleReady(participant: LoadParticipant): void {
    const nowMs = performance.now();
    this.#hasConnected = true;
    this.#meter.handleConnected(this.#dueMs.get(participant) ?? nowMs, nowMs);
    this.#ready.push(participant);
    this.#handleTried(participant);
  }

  #handleLost(participant: LoadParticipant, error: SluiceError): void {
    const at = this.#ready.indexOf(participant);
    if (at >= 0) this.#ready.splice(at, 1);
    if (this.#isStopped) return;
    this.#meter.handleConnectionError(error.code, error.message);
    const isRefusal = at < 0 && (!this.#hasConnected || error.code === "resourceExhausted");
    if (isRefusal) {
      this.stop();
      this.#listener.handleRefused(error, this.#ready.length);
      return;
    }
    this.#handleTried(participant);
    if (!FINAL_CODES.has(error.code)) this.#openAgain(participant);
  }

  #openAgain(participant: LoadParticipant): void {
    this.#waiting.push(participant);
    if (this.#timer !== undefined) return;
    // Not from where the schedule had stopped: what has passed since then would all be due at once.
    this.#schedule = new ArrivalSchedule(
      performance.now() + 1_000 / this.#plan.connectionsPerSecond,
      this.#plan.connectionsPerSecond,
    );
    this.#timer = setTimeout(() => this.#pump(), 1_000 / this.#plan.connectionsPerSecond);
  }

  #handleTried(participant: LoadParticipant): void {
    this.#dueMs.delete(participant);
    this.#awaited.delete(participant);
    if (this.#awaited.size === 0) this.#resolve?.();
  }
}
