import { setTimeout as delay } from "node:timers/promises";
import { type DoorName, MediaHost, readTestPicture, readTestTone } from "@sluice/cli";
import type { NodeProcess } from "@sluice/interop";
import type { MediaKind } from "@sluice/media";
import { type ErrorCode, SluiceError } from "@sluice/protocol";
import { DEV_KEY, DEV_SECRET } from "@sluice/server";
import { RoomServiceClient, TwirpError } from "livekit-server-sdk";
import type { Action } from "../plan/action.js";
import { MAX_GUESTS, RESIDENT_ROOM } from "../plan/action-plan.js";
import { Guest, type GuestOptions } from "./guest.js";

/** An action that is not done after so long is stuck, ms: longer than a participant tries to come back after a cut, with all that follows. */
const ACTION_TIMEOUT_MS = 40_000;
/** After its network was broken on purpose, what a guest asks for may fail for so long, ms. */
const GRACE_MS = 20_000;

/** Residents: they stay as long as the soak does, one at each door. */
export const RESIDENTS: readonly DoorName[] = ["jsonrpc", "livekit"];

/** What each action may fail with although nothing is wrong: others act at the same time. */
const EXPECTED: Partial<Record<Action["type"], readonly ErrorCode[]>> = {
  // The track, or who published it, has left meanwhile.
  wish: ["notFound"],
};
/** What anything may fail with while the network is broken. */
const EXPECTED_WHEN_DISTURBED: readonly ErrorCode[] = ["unavailable", "failedPrecondition", "notFound"];

export interface CrowdOptions {
  readonly node: NodeProcess;
  readonly seed: number;
  readonly handleFault: (what: string) => void;
}

/** All participants of a soak, in this process. Each does one thing after the other, in the order in which it was told; together they do them at once. */
export class Crowd {
  readonly #options: CrowdOptions;
  readonly #api: RoomServiceClient;
  readonly #host = new MediaHost({ maxParticipants: MAX_GUESTS * 2 + RESIDENTS.length });
  readonly #files: GuestOptions["files"] = { audio: readTestTone(), video: readTestPicture("vp8") };
  /** The last thing each was told to do. */
  readonly #queues = new Map<number, Promise<void>>();
  readonly #guests = new Map<number, Guest>();
  readonly #residents: Guest[] = [];
  /** Guests that are to be thrown out. */
  readonly #kicked = new Set<string>();
  readonly #done = new Map<Action["type"], number>();
  #joins = 0;

  constructor(options: CrowdOptions) {
    this.#options = options;
    this.#api = new RoomServiceClient(options.node.url, DEV_KEY, DEV_SECRET);
  }

  get present(): number {
    return this.#guests.size;
  }

  get residents(): readonly Guest[] {
    return this.#residents;
  }

  /** How often each kind of action was done. */
  get done(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#done].sort());
  }

  /** Packet slots of this process that somebody holds. */
  get heldSlots(): number {
    const { capacity, available } = this.#host.slots;
    return capacity - available;
  }

  async openResidents(): Promise<void> {
    for (const [index, door] of RESIDENTS.entries()) {
      const guest = { door, room: RESIDENT_ROOM, publishes: ["audio", "video"] as const, hasData: true, network: undefined };
      this.#residents.push(await this.#enter(`resident-${index}`, guest));
    }
  }

  /** The `index`-th resident's socket breaks for a moment; it comes back as itself. */
  cutResident(index: number, forMs: number): void {
    this.#residents[index % RESIDENTS.length]?.cut(forMs, GRACE_MS);
  }

  /** Does it as soon as the guest has done what it was told before. What fails is told as a fault, unless it may. */
  perform(action: Action): void {
    const { guest, type } = action;
    const before = this.#queues.get(guest) ?? Promise.resolve();
    const done = before.then(() => this.#performNow(action));
    this.#queues.set(guest, done);
    this.#done.set(type, (this.#done.get(type) ?? 0) + 1);
  }

  /** Resolves when everybody has done everything. */
  async settle(): Promise<void> {
    await Promise.all(this.#queues.values());
  }

  async close(): Promise<void> {
    await this.settle();
    await Promise.all([...this.#guests.values(), ...this.#residents].map((guest) => guest.leave()));
    this.#host.close();
  }

  async #performNow(action: Action): Promise<void> {
    const signal = new AbortController();
    const late = delay(ACTION_TIMEOUT_MS, undefined, { signal: signal.signal }).then(
      () => this.#fault(action, `not done after ${ACTION_TIMEOUT_MS / 1_000} s`),
      () => {}, // It was done in time.
    );
    const guest = this.#guests.get(action.guest);
    try {
      await Promise.race([this.#carryOut(action, guest), late]);
    } catch (error) {
      if (!isExpected(error, action, guest)) this.#fault(action, describe(error));
    } finally {
      signal.abort();
    }
  }

  async #carryOut(action: Action, guest: Guest | undefined): Promise<void> {
    if (action.type === "join") {
      const entered = await this.#enter(`guest-${action.guest}`, action);
      this.#guests.set(action.guest, entered);
      return;
    }
    // It could not join, which was told then.
    if (guest === undefined) return;
    switch (action.type) {
      case "leave":
        this.#guests.delete(action.guest);
        return guest.leave();
      case "vanish":
        this.#guests.delete(action.guest);
        return guest.vanish();
      case "kick":
        this.#guests.delete(action.guest);
        return this.#kick(guest);
      case "publish":
        return guest.publish(action.kind);
      case "unpublish":
        return guest.unpublish(action.kind);
      case "mute":
        return guest.setMuted(action.kind, action.isMuted);
      case "wish":
        return guest.wish(action.place, action.wish);
      case "say":
        return guest.say(action.sizeBytes, action.isReliable);
      case "cut":
        return guest.cut(action.forMs, GRACE_MS);
      case "block":
        return guest.block(action.forMs, GRACE_MS);
      case "impair":
        return guest.impair(action.network);
    }
  }

  async #kick(guest: Guest): Promise<void> {
    this.#kicked.add(guest.identity);
    try {
      await this.#api.removeParticipant(guest.room, guest.identity).catch((error: unknown) => {
        // Given up by the node, and not yet back.
        if (!(guest.isDisturbed && error instanceof TwirpError && error.code === "not_found")) throw error;
      });
      // Who is lost at that moment is not told: it comes back as somebody new, if it has a token.
      if (!guest.isDisturbed) await guest.whenClosed();
    } finally {
      this.#kicked.delete(guest.identity);
      await guest.leave();
    }
  }

  async #enter(
    identity: string,
    {
      door,
      room,
      publishes,
      hasData,
      network,
    }: Pick<GuestOptions, "door" | "room" | "hasData" | "network"> & { readonly publishes: readonly MediaKind[] },
  ): Promise<Guest> {
    const { node, seed, handleFault } = this.#options;
    this.#joins += 1;
    return Guest.join({
      host: this.#host,
      nodeUrl: node.url,
      door,
      room,
      identity,
      token: await node.token(room, identity),
      publishes,
      hasData,
      network,
      // Neither the clients of one proxy nor those of two have the same one.
      seed: seed + this.#joins * 1_000,
      files: this.#files,
      handleError: (error, isDisturbed) => {
        if (!isDisturbed || !EXPECTED_WHEN_DISTURBED.includes(error.code))
          handleFault(`${identity} (${door}): ${describe(error)}`);
      },
      handleClosed: (reason, error) => {
        if (!this.#kicked.has(identity)) handleFault(`${identity} (${door}) is out: ${reason}, ${describe(error)}`);
      },
    });
  }

  #fault(action: Action, what: string): void {
    this.#options.handleFault(`guest-${action.guest}, ${action.type}: ${what}`);
  }
}

function isExpected(error: unknown, { type }: Action, guest: Guest | undefined): boolean {
  if (!(error instanceof SluiceError)) return false;
  if (EXPECTED[type]?.includes(error.code)) return true;
  return guest?.isDisturbed === true && EXPECTED_WHEN_DISTURBED.includes(error.code);
}

function describe(error: unknown): string {
  if (error instanceof SluiceError) return `${error.code}: ${error.message}`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
