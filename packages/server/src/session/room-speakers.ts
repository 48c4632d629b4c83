import type { Instant, MediaEvent } from "@sluice/media";
import type { AudioConfig } from "../config/config.js";
import type { Room } from "../room/room.js";
import type { Track } from "../room/track.js";
import { ActiveSpeakers, type Speakers } from "./active-speakers.js";

export interface RoomSpeakersOptions {
  readonly room: Room;
  readonly audio: AudioConfig;
  /** Of a Producer at the room's worker. */
  readonly trackOf: (producerId: string) => Track | undefined;
}

/** Who speaks in a room and whom its picture should follow, and that everybody hears of it (`activeSpeakers`). */
export class RoomSpeakers {
  readonly #options: RoomSpeakersOptions;
  readonly #speakers: ActiveSpeakers;
  /** Participant id. */
  #dominant: string | null = null;

  constructor(options: RoomSpeakersOptions) {
    this.#options = options;
    this.#speakers = new ActiveSpeakers(options.audio);
  }

  /** Somebody has come, or come back and may have heard of what is over: a newcomer takes silence for granted. */
  handleJoined(participantId: string, isResumed: boolean): void {
    if (isResumed || this.#speakers.speakers.length > 0 || this.#dominant !== null) this.#tell([participantId]);
  }

  /** Of the room's worker. */
  handleMediaEvent(event: MediaEvent, now: Instant): void {
    if (event.type === "audioLevels") this.#handleLevels(event, now);
    else if (event.type === "dominantSpeaker") this.#setDominant(this.#speakerOf(event.producerId));
  }

  handleWorkerDied(): void {
    this.#setDominant(null);
  }

  handleParticipantClosed(participantId: string): void {
    this.#changed(this.#speakers.remove(participantId));
    if (this.#dominant === participantId) this.#setDominant(null);
  }

  pollTimeout(): Instant | undefined {
    return this.#speakers.pollTimeout();
  }

  handleTimeout(now: Instant): void {
    this.#changed(this.#speakers.handleTimeout(now));
  }

  #handleLevels({ levels }: Extract<MediaEvent, { readonly type: "audioLevels" }>, now: Instant): void {
    const heard = levels.flatMap(({ producerId, level, activeRatio }) => {
      const participantId = this.#speakerOf(producerId);
      return participantId === null ? [] : [{ participantId, level, activeRatio }];
    });
    this.#changed(this.#speakers.handleLevels(heard, now));
  }

  #speakerOf(producerId: string | undefined): string | null {
    const track = producerId === undefined ? undefined : this.#options.trackOf(producerId);
    return track === undefined || track.isMuted ? null : track.participantId;
  }

  #setDominant(participantId: string | null): void {
    if (this.#dominant === participantId) return;
    this.#dominant = participantId;
    this.#tellEverybody();
  }

  #changed(speakers: Speakers | undefined): void {
    if (speakers !== undefined) this.#tellEverybody();
  }

  #tellEverybody(): void {
    this.#tell(this.#options.room.participants.map(({ participantId }) => participantId));
  }

  #tell(participantIds: readonly string[]): void {
    const { speakers } = this.#speakers;
    this.#options.room.announce(participantIds, { method: "activeSpeakers", params: { speakers, dominant: this.#dominant } });
  }
}
