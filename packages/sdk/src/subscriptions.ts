import { type ReceivedSection, ReceivedSections, type SluiceError } from "@sluice/protocol";
import type { ParticipantDirectory } from "./participant-directory.js";
import type { RequestLink } from "./publisher.js";

/** What we receive of others: which tracks are wanted, and which media section carries which. */
export class Subscriptions {
  readonly #link: RequestLink;
  readonly #directory: ParticipantDirectory;
  readonly #receivedTrack: (mid: string) => MediaStreamTrack | undefined;
  readonly #sections = new ReceivedSections();
  /** Ids of tracks we paused ourselves. */
  readonly #paused = new Set<string>();

  constructor(
    link: RequestLink,
    directory: ParticipantDirectory,
    receivedTrack: (mid: string) => MediaStreamTrack | undefined,
  ) {
    this.#link = link;
    this.#directory = directory;
    this.#receivedTrack = receivedTrack;
  }

  async subscribe(trackIds: readonly string[]): Promise<void> {
    for (const track of this.#known(trackIds))
      if (track.subscription.status === "none") track.subscription = { status: "wanted" };
    await this.#link.requestUntilAnswered("subscribe", { trackIds });
  }

  async unsubscribe(trackIds: readonly string[]): Promise<void> {
    for (const track of this.#known(trackIds)) {
      this.#sections.remove(track.trackId);
      this.#directory.detach(track, "none");
    }
    await this.#link.requestUntilAnswered("unsubscribe", { trackIds });
  }

  async setPaused(trackId: string, paused: boolean): Promise<void> {
    if (paused) this.#paused.add(trackId);
    else this.#paused.delete(trackId);
    this.#directory.handlePaused(trackId, paused);
    await this.#link.requestUntilAnswered("setLayers", { trackId, paused });
  }

  /** What an answer says of the sections. */
  handleAnswer(sections: readonly ReceivedSection[]): void {
    for (const { trackId } of this.#sections.handleAnswer(sections).removed) {
      const track = this.#directory.track(trackId);
      if (track !== undefined) this.#directory.detach(track, track.subscription.status === "none" ? "none" : "wanted");
    }
    this.handlePublished();
  }

  /** An answer and the announcement of its tracks may come in any order; whichever is last brings them together. */
  handlePublished(): void {
    for (const { mid, trackId } of this.#sections.sections()) {
      const track = this.#directory.track(trackId);
      const mediaStreamTrack = this.#receivedTrack(mid);
      if (track === undefined || mediaStreamTrack === undefined || track.subscription.status === "none") continue;
      this.#directory.attach(track, mediaStreamTrack);
    }
  }

  handleUnpublished(trackId: string): void {
    this.#sections.remove(trackId);
    this.#paused.delete(trackId);
  }

  /** The peer connection is gone, and everything received with it. */
  handleReplaced(): void {
    this.#sections.clear();
    for (const track of this.#directory.tracks())
      if (track.subscription.status === "live") this.#directory.detach(track, "wanted");
  }

  /** Tells a server that knows us as a new participant what differs from its default. */
  async restore(autoSubscribe: boolean): Promise<void> {
    const tracks = this.#directory.tracks();
    const differing = tracks
      .filter((track) => (track.subscription.status === "none") === autoSubscribe)
      .map((track) => track.trackId);
    const paused = tracks.filter((track) => this.#paused.has(track.trackId));
    await Promise.all([
      differing.length === 0
        ? undefined
        : this.#link.requestUntilAnswered(autoSubscribe ? "unsubscribe" : "subscribe", { trackIds: differing }),
      ...paused.map(({ trackId }) => this.#link.requestUntilAnswered("setLayers", { trackId, paused: true })),
    ]).catch((error: SluiceError) => {
      // A track that vanished meanwhile needs nothing restored.
      if (error.code !== "notFound") throw error;
    });
  }

  #known(trackIds: readonly string[]) {
    return trackIds.flatMap((trackId) => this.#directory.track(trackId) ?? []);
  }
}
