import { MediaSectionsRequirement } from "@livekit/protocol";

interface Counts {
  readonly audio: number;
  readonly video: number;
}

/**
 * How many receiving sections a client of the single-connection protocol has to add. The node counts in totals, the client adds what it is told
 * to what it has, so what it was told since its last offer counts as there.
 */
export class WantedSections {
  #offered: Counts = { audio: 0, video: 0 };
  #asked: Counts = { audio: 0, video: 0 };

  /** The client's newest offer has so many; what it was asked for before is in it, or will be in the next. */
  handleOffered(offered: Counts): void {
    const before = this.#offered;
    this.#offered = offered;
    this.#asked = {
      audio: Math.max(0, this.#asked.audio - Math.max(0, offered.audio - before.audio)),
      video: Math.max(0, this.#asked.video - Math.max(0, offered.video - before.video)),
    };
  }

  /** `needed`: in all. Zeros ask for an offer all the same. */
  require(needed: Counts): MediaSectionsRequirement {
    const audio = Math.max(0, needed.audio - this.#offered.audio - this.#asked.audio);
    const video = Math.max(0, needed.video - this.#offered.video - this.#asked.video);
    this.#asked = { audio: this.#asked.audio + audio, video: this.#asked.video + video };
    return new MediaSectionsRequirement({ numAudios: audio, numVideos: video });
  }
}
