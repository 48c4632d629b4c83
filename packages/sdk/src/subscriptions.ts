import { type ReceivedSection, ReceivedSections, type SluiceError } from "@sluice/protocol";
import type { ParticipantDirectory } from "./participant-directory.js";
import type { RequestLink } from "./publisher.js";
import type { Shown } from "./shown-picture.js";
import { type LayerOptions, TrackWish } from "./track-wish.js";

/** What we receive of others: which tracks are wanted, and which media section carries which. */
export class Subscriptions {
  readonly #link: RequestLink;
  readonly #directory: ParticipantDirectory;
  readonly #receivedTrack: (mid: string) => MediaStreamTrack | undefined;
  readonly #sections = new ReceivedSections();
  /** By track id. */
  readonly #wishes = new Map<string, TrackWish>();

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
      if (track.subscription.status === "none") track.handleSubscription({ status: "wanted" });
    await this.#link.requestUntilAnswered("subscribe", { trackIds });
    // A section that no answer has freed since they were unsubscribed carries them at once.
    this.handlePublished();
    // What was wanted of them before ended with the subscription.
    await Promise.all(trackIds.map((trackId) => this.#repeat(trackId)));
  }

  async unsubscribe(trackIds: readonly string[]): Promise<void> {
    for (const track of this.#known(trackIds)) this.#directory.detach(track, "none");
    await this.#link.requestUntilAnswered("unsubscribe", { trackIds });
  }

  setPaused(trackId: string, paused: boolean): Promise<void> {
    const wish = this.#wish(trackId);
    wish.isPaused = paused;
    return this.#tell(trackId, wish);
  }

  setLayers(trackId: string, layers: LayerOptions): Promise<void> {
    const wish = this.#wish(trackId);
    wish.layers = { ...layers };
    return this.#tell(trackId, wish);
  }

  /** How the elements that a track adapts to show it now. */
  async handleShown(trackId: string, shown: Shown | undefined): Promise<void> {
    const wish = this.#wish(trackId);
    wish.shown = shown;
    const { status } = this.#directory.track(trackId)?.subscription ?? { status: "none" };
    if (status !== "none") await this.#tell(trackId, wish);
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
    this.#wishes.delete(trackId);
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
    const received = tracks.filter(({ subscription }) => subscription.status !== "none");
    await Promise.all([
      differing.length === 0
        ? undefined
        : this.#link.requestUntilAnswered(autoSubscribe ? "unsubscribe" : "subscribe", { trackIds: differing }),
      ...received.map(({ trackId }) => this.#repeat(trackId)),
    ]).catch((error: SluiceError) => {
      // A track that vanished meanwhile needs nothing restored.
      if (error.code !== "notFound") throw error;
    });
  }

  #wish(trackId: string): TrackWish {
    const wish = this.#wishes.get(trackId) ?? new TrackWish();
    this.#wishes.set(trackId, wish);
    return wish;
  }

  async #tell(trackId: string, wish: TrackWish): Promise<void> {
    const { parameters } = wish;
    this.#directory.handlePaused(trackId, parameters.paused ?? false);
    await this.#link.requestUntilAnswered("setLayers", { trackId, ...parameters });
  }

  /** To a server that takes it for wanted without limits. */
  async #repeat(trackId: string): Promise<void> {
    const wish = this.#wishes.get(trackId);
    if (wish !== undefined && !wish.isDefault) await this.#tell(trackId, wish);
  }

  #known(trackIds: readonly string[]) {
    return trackIds.flatMap((trackId) => this.#directory.track(trackId) ?? []);
  }
}
