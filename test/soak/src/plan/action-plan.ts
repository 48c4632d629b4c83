import { DOOR_NAMES } from "@sluice/cli";
import type { MediaKind } from "@sluice/media";
import { RandomGenerator } from "@sluice/netem";
import type { Action, ActionType, PlannedAction, Wish } from "./action.js";
import { NETWORK_PROFILES } from "./network-profile.js";

/** Guests that may be there at one time, numbered from 0. */
export const MAX_GUESTS = 10;
/** The residents' room, which never ends, and others, which are left and come again. */
export const RESIDENT_ROOM = "residents";
const ROOMS = [RESIDENT_ROOM, "hall", "attic", "cellar"];

/** Between two actions: even in ± all of it. */
const MEAN_PAUSE_MS = 220;
/** A socket is broken, or a network blocked, for up to this long. */
const MAX_CUT_MS = 1_500;
const MAX_BLOCK_MS = 4_000;
/** Reliable ones are short enough for signaling too, where there is no channel (yet); lossy ones are for one packet. */
const MAX_RELIABLE_BYTES = 15_000;
const MAX_LOSSY_BYTES = 1_200;
const KINDS: readonly MediaKind[] = ["audio", "video"];

/** What somebody who is there does next, by its weight; half of what happens is about tracks. */
const WEIGHTS: Readonly<Record<Exclude<ActionType, "join">, number>> = {
  leave: 8,
  vanish: 3,
  kick: 4,
  publish: 10,
  unpublish: 9,
  mute: 12,
  wish: 16,
  say: 16,
  cut: 7,
  block: 3,
  impair: 8,
};
const TOTAL_WEIGHT = Object.values(WEIGHTS).reduce((sum, weight) => sum + weight, 0);

/** What the plan knows of a guest that is there. */
interface PlannedGuest {
  readonly isBehindNetwork: boolean;
  readonly publishes: Set<MediaKind>;
  readonly muted: Set<MediaKind>;
}

/**
 * Who does what, when: everything that is left to chance in a soak, of one seed. Knows only what it has planned, never what became of it, so that the same seed
 * is the same plan however fast the machine is.
 */
export class ActionPlan {
  readonly #random: RandomGenerator;
  readonly #present = new Map<number, PlannedGuest>();

  constructor(seed: number) {
    this.#random = new RandomGenerator(seed);
  }

  /** What happens next. Never ends. */
  next(): PlannedAction {
    const afterMs = Math.round(this.#random.next() * 2 * MEAN_PAUSE_MS);
    return { afterMs, action: this.#nextAction() };
  }

  /** A round is over: everybody who is there leaves. */
  endRound(): Action[] {
    const leaving = [...this.#present.keys()].map((guest): Action => ({ type: "leave", guest }));
    this.#present.clear();
    return leaving;
  }

  #nextAction(): Action {
    // The fewer there are, the likelier somebody comes.
    if (this.#random.next() >= (this.#present.size / MAX_GUESTS) ** 0.5) return this.#join();
    const [guest, state] = this.#pick([...this.#present]);
    for (;;) {
      const action = this.#act(guest, state, this.#pickType());
      if (action !== undefined) return action;
    }
  }

  #join(): Action {
    const absent = Array.from({ length: MAX_GUESTS }, (_, guest) => guest).filter((guest) => !this.#present.has(guest));
    const guest = this.#pick(absent);
    const publishes = KINDS.filter(() => this.#random.isHit(0.6));
    const network = this.#random.isHit(0.5) ? this.#pick(NETWORK_PROFILES) : undefined;
    this.#present.set(guest, { isBehindNetwork: network !== undefined, publishes: new Set(publishes), muted: new Set() });
    const [door, room, hasData] = [this.#pick(DOOR_NAMES), this.#pick(ROOMS), this.#random.isHit(0.7)];
    return { type: "join", guest, door, room, publishes, hasData, network };
  }

  /** undefined: that cannot be done by this one now. */
  #act(guest: number, state: PlannedGuest, type: Exclude<ActionType, "join">): Action | undefined {
    switch (type) {
      case "vanish":
        if (!state.isBehindNetwork) return undefined;
        this.#present.delete(guest);
        return { type, guest };
      case "leave":
      case "kick":
        this.#present.delete(guest);
        return { type, guest };
      case "publish":
      case "unpublish":
      case "mute":
        return this.#changeTrack(guest, state, type);
      case "wish":
        return { type, guest, place: this.#random.nextUint32() % 16, wish: this.#wish() };
      case "say": {
        const isReliable = this.#random.isHit(0.5);
        return { type, guest, sizeBytes: this.#upTo(isReliable ? MAX_RELIABLE_BYTES : MAX_LOSSY_BYTES), isReliable };
      }
      case "cut":
        return { type, guest, forMs: this.#upTo(MAX_CUT_MS) };
      case "block":
        return state.isBehindNetwork ? { type, guest, forMs: this.#upTo(MAX_BLOCK_MS) } : undefined;
      case "impair":
        return state.isBehindNetwork ? { type, guest, network: this.#pick(NETWORK_PROFILES) } : undefined;
    }
  }

  #changeTrack(guest: number, { publishes, muted }: PlannedGuest, type: "publish" | "unpublish" | "mute"): Action | undefined {
    const kind = this.#pick(KINDS);
    if (publishes.has(kind) === (type === "publish")) return undefined;
    if (type === "mute") {
      const isMuted = !muted.has(kind);
      if (isMuted) muted.add(kind);
      else muted.delete(kind);
      return { type, guest, kind, isMuted };
    }
    if (type === "publish") publishes.add(kind);
    else publishes.delete(kind);
    muted.delete(kind);
    return { type, guest, kind };
  }

  #wish(): Wish {
    switch (this.#random.nextUint32() % 4) {
      case 0:
        return { paused: true };
      case 1:
        return { maxSpatialLayer: this.#random.nextUint32() % 3 };
      case 2:
        return { width: 160, height: 90 };
      default:
        return {};
    }
  }

  #pickType(): Exclude<ActionType, "join"> {
    let rest = this.#random.next() * TOTAL_WEIGHT;
    for (const [type, weight] of Object.entries(WEIGHTS)) {
      rest -= weight;
      if (rest < 0) return type as Exclude<ActionType, "join">;
    }
    return "leave"; // Only rounding leads here.
  }

  /** Of at least one. */
  #pick<T>(all: readonly T[]): T {
    return all[Math.floor(this.#random.next() * all.length)] as T;
  }

  #upTo(maxMs: number): number {
    return 1 + Math.floor(this.#random.next() * maxMs);
  }
}
