import type { ConnectionQuality } from "@sluice/protocol";
import type { Room } from "../room/room.js";

/** Everybody is excellent until something else is measured, and takes the others for it. */
const INITIAL: ConnectionQuality = "excellent";

/** How good the connections of a room's participants are, and who is told (`connectionQuality`): oneself and whoever receives one. */
export class ConnectionQualities {
  readonly #room: Room;
  /** By participant id. */
  readonly #qualities = new Map<string, ConnectionQuality>();

  constructor(room: Room) {
    this.#room = room;
  }

  get(participantId: string): ConnectionQuality {
    return this.#qualities.get(participantId) ?? INITIAL;
  }

  set(participantId: string, quality: ConnectionQuality): void {
    if (this.get(participantId) === quality) return;
    this.#qualities.set(participantId, quality);
    this.#announce(participantId, [participantId, ...this.#room.subscribersOf(participantId)]);
  }

  /** The participant has left. */
  remove(participantId: string): void {
    this.#qualities.delete(participantId);
  }

  /** The participant has begun to receive others; `isAll`: it may think of any of them what is true no more. */
  tell(participantId: string, isAll = false): void {
    const publisherIds = new Set([...this.#room.subscriptionsOf(participantId)].map(({ track }) => track.participantId));
    const participants = [...publisherIds]
      .map((publisherId) => ({ participantId: publisherId, quality: this.get(publisherId) }))
      .filter(({ quality }) => isAll || quality !== INITIAL);
    if (participants.length > 0)
      this.#room.announce([participantId], { method: "connectionQuality", params: { participants } });
  }

  /** Others have begun to receive the participant. */
  repeat(participantId: string): void {
    if (this.get(participantId) !== INITIAL) this.#announce(participantId, this.#room.subscribersOf(participantId));
  }

  #announce(participantId: string, receivers: Iterable<string>): void {
    const participants = [{ participantId, quality: this.get(participantId) }];
    this.#room.announce(new Set(receivers), { method: "connectionQuality", params: { participants } });
  }
}
