import type { Room } from "../room/room.js";
import type { RoomEvent } from "../room/room-event.js";
import type { RoomCloseReason, RoomObserver } from "./room-observer.js";

/** Several observers as one: each hears of everything, one after the other in the order given. */
export class RoomObservers implements RoomObserver {
  readonly #observers: readonly RoomObserver[];

  constructor(observers: readonly RoomObserver[]) {
    this.#observers = observers;
  }

  handleRoomStarted(room: Room): void {
    for (const observer of this.#observers) observer.handleRoomStarted(room);
  }

  handleRoomEvent(room: Room, event: RoomEvent): void {
    for (const observer of this.#observers) observer.handleRoomEvent(room, event);
  }

  handleRoomFinished(room: Room, reason: RoomCloseReason): void {
    for (const observer of this.#observers) observer.handleRoomFinished(room, reason);
  }
}
