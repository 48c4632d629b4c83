import { after, type Instant } from "@sluice/media";
import type { Room } from "../room/room.js";

/** So seldom at most is a room told how many are in it, ms: in a large one somebody comes or goes all the time. */
const COUNTS_INTERVAL_MS = 5_000;

/** [RM63] Tells a room of its counts (`roomUpdated`) some time after they have changed. */
export class RoomCounts {
  readonly #room: Room;
  #dueAt: Instant | undefined;

  constructor(room: Room) {
    this.#room = room;
  }

  handleChanged(now: Instant): void {
    this.#dueAt ??= after(now, COUNTS_INTERVAL_MS);
  }

  pollTimeout(): Instant | undefined {
    return this.#dueAt;
  }

  handleTimeout(now: Instant): void {
    if (this.#dueAt === undefined || this.#dueAt > now) return;
    this.#dueAt = undefined;
    this.#room.announceInfo();
  }
}
