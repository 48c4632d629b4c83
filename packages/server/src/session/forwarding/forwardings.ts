import type { MediaEvent } from "@sluice/media";
import { SluiceError } from "@sluice/protocol";
import type { Participant } from "../../room/participant.js";
import type { RoomEvent } from "../../room/room-event.js";
import type { ReadyWorker } from "../../worker/worker-pool.js";
import type { Clock } from "../clock.js";
import type { BroadcastData } from "../data/broadcast-data.js";
import type { RoomSession } from "../room-session.js";
import { Forwarding } from "./forwarding.js";
import { MediaPaths, type MediaPathsOptions } from "./media-paths.js";

/** Into how many rooms one participant is forwarded at most. */
const MAX_FORWARDINGS_PER_PARTICIPANT = 16;

/** Who of the rooms of this node is in others, too. */
export class Forwardings {
  readonly #clock: Clock;
  readonly #paths: MediaPaths;
  /** By each of the two rooms. */
  readonly #byRoom = new Map<RoomSession, Set<Forwarding>>();

  constructor(options: MediaPathsOptions) {
    this.#clock = options.clock;
    this.#paths = new MediaPaths(options);
  }

  /**
   * [RM90] Forwarding again is forwarding once. Throws SluiceError `invalidArgument` for who is only forwarded here, `alreadyExists`
   * when the destination has another participant of this identity, `resourceExhausted` when it is full or the participant is in
   * too many rooms.
   */
  forward(source: RoomSession, participant: Participant, destination: RoomSession): void {
    if (participant.isForwarded) {
      throw new SluiceError("invalidArgument", "a forwarded participant is forwarded from where it comes from");
    }
    const existing = [...(this.#byRoom.get(source) ?? [])].filter((each) => each.participant === participant);
    if (existing.some((each) => each.destination === destination)) return;
    if (destination.room.withIdentity(participant.identity) !== undefined) {
      throw new SluiceError("alreadyExists", `the destination has a participant "${participant.identity}" of its own`);
    }
    if (existing.length >= MAX_FORWARDINGS_PER_PARTICIPANT) {
      const text = `a participant is forwarded into ${MAX_FORWARDINGS_PER_PARTICIPANT} rooms at most`;
      throw new SluiceError("resourceExhausted", text);
    }
    const forwarding = new Forwarding({ clock: this.#clock, source, participant, destination, paths: this.#paths });
    for (const room of [source, destination]) {
      const forwardings = this.#byRoom.get(room) ?? new Set<Forwarding>();
      this.#byRoom.set(room, forwardings.add(forwarding));
    }
    this.#update(forwarding);
  }

  /** Of a room: who has left it takes the reason along. */
  handleRoomEvent(session: RoomSession, event: RoomEvent): void {
    if (event.type !== "participantLeft" && event.type !== "participantConnectionAborted") return;
    for (const forwarding of this.#byRoom.get(session) ?? []) {
      if (forwarding.participant === event.participant) forwarding.leftWith = event.reason;
    }
  }

  /** [RM97] A participant of the room has sent something to everybody in it. */
  handleBroadcast(session: RoomSession, participantId: string, data: BroadcastData): void {
    for (const { source, destination, participant, forwardedId } of this.#byRoom.get(session) ?? []) {
      if (source !== session || participant.participantId !== participantId) continue;
      if (destination.room.participant(forwardedId) !== undefined) destination.handleForwardedData(forwardedId, data);
    }
  }

  /** Of what belongs to no room. */
  handleMediaEvent(event: MediaEvent): void {
    this.#paths.handleMediaEvent(event);
  }

  /** After its rooms have heard of it. */
  handleWorkerDied(worker: ReadyWorker): void {
    this.#paths.handleWorkerDied(worker);
  }

  /** Something has happened in the room. */
  handleSettled(session: RoomSession): void {
    for (const forwarding of [...(this.#byRoom.get(session) ?? [])]) this.#update(forwarding);
  }

  #update(forwarding: Forwarding): void {
    forwarding.update();
    if (!forwarding.isOver) return;
    for (const room of [forwarding.source, forwarding.destination]) {
      const forwardings = this.#byRoom.get(room);
      forwardings?.delete(forwarding);
      if (forwardings?.size === 0) this.#byRoom.delete(room);
    }
  }
}
