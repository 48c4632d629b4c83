import type { Participant } from "../room/participant.js";
import { PARTICIPANT_DOORS, type ParticipantDoor } from "../room/participant-door.js";
import type { Room } from "../room/room.js";
import type { RoomEvent } from "../room/room-event.js";
import type { Clock } from "../session/clock.js";
import type { RoomObserver } from "../session/room-observer.js";
import { JOIN_SECONDS } from "./buckets.js";
import { Histogram } from "./histogram.js";
import type { MetricReadings } from "./metric-readings.js";
import { snakeCase } from "./snake-case.js";

/** What has happened in all rooms so far; what is there now is counted when it is asked for. */
export class RoomMeter implements RoomObserver {
  readonly #clock: Pick<Clock, "unixMs">;
  #started = 0;
  readonly #joined = new Map<ParticipantDoor, Histogram>(PARTICIPANT_DOORS.map((door) => [door, new Histogram(JOIN_SECONDS)]));
  readonly #joinedCounts = new Map<ParticipantDoor, number>(PARTICIPANT_DOORS.map((door) => [door, 0]));
  readonly #left = new Map<string, number>();
  readonly #aborted = new Map<string, number>();
  readonly #published = { audio: 0, video: 0 };

  constructor(clock: Pick<Clock, "unixMs">) {
    this.#clock = clock;
  }

  handleRoomStarted(): void {
    this.#started += 1;
  }

  handleRoomEvent(_room: Room, event: RoomEvent): void {
    switch (event.type) {
      case "participantJoined":
        this.#handleJoined(event.participant);
        break;
      case "participantLeft":
        count(this.#left, event.reason);
        break;
      case "participantConnectionAborted":
        count(this.#aborted, event.reason);
        break;
      case "trackPublished":
        this.#published[event.track.kind] += 1;
        break;
      case "trackUnpublished":
        break;
    }
  }

  handleRoomFinished(): void {}

  read(readings: MetricReadings): void {
    readings.add("sluice_rooms_started_total", this.#started, {});
    for (const [door, times] of this.#joined) {
      readings.add("sluice_participants_joined_total", this.#joinedCounts.get(door) ?? 0, { door });
      readings.add("sluice_media_connect_duration_seconds", times.read(), { door });
    }
    for (const [reason, times] of this.#left) {
      readings.add("sluice_participants_left_total", times, { reason: snakeCase(reason) });
    }
    for (const [reason, times] of this.#aborted) {
      readings.add("sluice_participants_aborted_total", times, { reason: snakeCase(reason) });
    }
    for (const kind of ["audio", "video"] as const) {
      readings.add("sluice_tracks_published_total", this.#published[kind], { kind });
    }
  }

  #handleJoined({ door, joinedAt }: Participant): void {
    count(this.#joinedCounts, door);
    this.#joined.get(door)?.record(Math.max(0, this.#clock.unixMs() - joinedAt) / 1000);
  }
}

function count<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
