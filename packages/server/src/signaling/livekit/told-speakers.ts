import { SpeakerInfo, SpeakersChanged } from "@livekit/protocol";
import type { Notifications } from "@sluice/protocol";

/** What a client was told of who speaks: LiveKit tells changes only, and that somebody has stopped. */
export class ToldSpeakers {
  /** Participant id to level. */
  #told: ReadonlyMap<string, number> = new Map();

  /** undefined: nothing has changed. */
  update({ speakers }: Notifications["activeSpeakers"]): SpeakersChanged | undefined {
    const levels = new Map(speakers.map(({ participantId, level }) => [participantId, level]));
    const changed = speakers
      .filter(({ participantId, level }) => this.#told.get(participantId) !== level)
      .map(({ participantId, level }) => new SpeakerInfo({ sid: participantId, level, active: true }));
    const stopped = [...this.#told.keys()]
      .filter((participantId) => !levels.has(participantId))
      .map((participantId) => new SpeakerInfo({ sid: participantId, level: 0, active: false }));
    this.#told = levels;
    return changed.length + stopped.length === 0 ? undefined : new SpeakersChanged({ speakers: [...changed, ...stopped] });
  }
}
