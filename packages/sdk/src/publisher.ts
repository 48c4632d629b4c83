import type { MethodName, Params, Result, SluiceError } from "@sluice/protocol";
import { LocalTrack } from "./local-track.js";
import type { RoomMedia } from "./media-port.js";
import type { PublishOptions, VideoDefaults } from "./publish-options.js";
import { randomCid } from "./random-cid.js";
import type { RoomEvents } from "./room-events.js";
import { supportsScalability } from "./scalability-support.js";
import type { TypedEmitter } from "./typed-emitter.js";
import { planVideo } from "./video-encodings.js";

/** What a publisher needs of the signaling. */
export interface RequestLink {
  requestUntilAnswered<M extends MethodName>(method: M, params: Params<M>): Promise<Result<M>>;
}

/** Our own tracks: publishing, muting, and publishing again when the participant had to join anew. */
export class Publisher {
  readonly #link: RequestLink;
  readonly #media: Pick<RoomMedia, "send" | "stopSending" | "connection">;
  readonly #events: TypedEmitter<RoomEvents>;
  readonly #videoDefaults: VideoDefaults;
  readonly #tracks = new Map<string, LocalTrack>();
  /** What is published or being published, so that the same track is not published twice. */
  readonly #published = new Map<MediaStreamTrack, Promise<LocalTrack>>();

  constructor(
    link: RequestLink,
    media: Pick<RoomMedia, "send" | "stopSending" | "connection">,
    events: TypedEmitter<RoomEvents>,
    videoDefaults: VideoDefaults,
  ) {
    this.#link = link;
    this.#media = media;
    this.#events = events;
    this.#videoDefaults = videoDefaults;
  }

  tracks(): LocalTrack[] {
    return [...this.#tracks.values()];
  }

  publish(mediaStreamTrack: MediaStreamTrack, origin: LocalTrack["origin"], options: PublishOptions): Promise<LocalTrack> {
    const published = this.#published.get(mediaStreamTrack);
    if (published !== undefined) return published;
    const publishing = this.#publish(mediaStreamTrack, origin, options);
    this.#published.set(mediaStreamTrack, publishing);
    publishing.catch(() => this.#published.delete(mediaStreamTrack));
    return publishing;
  }

  /** Unpublishing twice is unpublishing once. */
  async unpublish(track: LocalTrack): Promise<void> {
    if (!this.#forget(track)) return;
    await this.#link.requestUntilAnswered("unpublish", { trackId: track.trackId });
    await this.#media.stopSending(track);
  }

  async setMuted(track: LocalTrack, muted: boolean): Promise<void> {
    this.#applyMuted(track, muted);
    if (this.#tracks.has(track.cid)) await this.#link.requestUntilAnswered("mute", { trackId: track.trackId, muted });
  }

  /** An admin muted one of our tracks, or the server echoes what we asked for. */
  handleMuted(trackId: string, muted: boolean): void {
    const track = this.tracks().find((candidate) => candidate.trackId === trackId);
    if (track !== undefined) this.#applyMuted(track, muted);
  }

  /** The server has taken a track of ours back: we may not publish it any more. */
  async handleUnpublished(trackId: string): Promise<void> {
    const track = this.tracks().find((candidate) => candidate.trackId === trackId);
    if (track !== undefined && this.#forget(track)) await this.#media.stopSending(track);
  }

  handleSubscribed(trackId: string): void {
    const track = this.tracks().find((candidate) => candidate.trackId === trackId);
    if (track !== undefined) this.#events.emit("localTrackSubscribed", track);
  }

  /** Encodes no layer that nobody watches. */
  async handlePublishedLayers(trackId: string, wanted: readonly boolean[]): Promise<void> {
    const track = this.tracks().find((candidate) => candidate.trackId === trackId);
    if (track === undefined) return;
    track.wantedLayers = wanted;
    await this.#media.connection?.applyWantedLayers(track);
  }

  /** Announces everything again for a new participant. Never rejects: a track that is refused now is dropped. */
  async republish(): Promise<void> {
    await Promise.all(
      this.tracks().map(async (track) => {
        try {
          await this.#announce(track);
        } catch (error) {
          this.#tracks.delete(track.cid);
          this.#published.delete(track.mediaStreamTrack);
          this.#events.emit("localTrackUnpublished", track);
          this.#events.emit("error", error as SluiceError);
        }
      }),
    );
  }

  /** The room is over. */
  stop(): void {
    for (const track of this.tracks()) if (track.origin === "captured") track.mediaStreamTrack.stop();
    this.#tracks.clear();
    this.#published.clear();
  }

  async #publish(
    mediaStreamTrack: MediaStreamTrack,
    origin: LocalTrack["origin"],
    options: PublishOptions,
  ): Promise<LocalTrack> {
    const defaults = mediaStreamTrack.kind === "video" ? this.#videoDefaults : {};
    const track = createTrack(mediaStreamTrack, origin, { ...defaults, ...options });
    if (track.muted) mediaStreamTrack.enabled = false;
    await this.#announce(track);
    this.#tracks.set(track.cid, track);
    try {
      await this.#media.send(track);
    } catch (error) {
      this.#tracks.delete(track.cid);
      await this.#link.requestUntilAnswered("unpublish", { trackId: track.trackId });
      throw error;
    }
    mediaStreamTrack.addEventListener("ended", () => {
      this.unpublish(track).catch((error: SluiceError) => this.#events.emit("error", error));
    });
    this.#events.emit("localTrackPublished", track);
    return track;
  }

  #forget(track: LocalTrack): boolean {
    if (!this.#tracks.delete(track.cid)) return false;
    this.#published.delete(track.mediaStreamTrack);
    if (track.origin === "captured") track.mediaStreamTrack.stop();
    this.#events.emit("localTrackUnpublished", track);
    return true;
  }

  async #announce(track: LocalTrack): Promise<void> {
    const { cid, kind, source, name, muted, plan } = track;
    const layers = plan.layers === undefined ? {} : { layers: plan.layers };
    // A new participant's track is another one, of which nobody has said anything.
    track.wantedLayers = undefined;
    const result = await this.#link.requestUntilAnswered("publish", { cid, kind, source, name, muted, ...layers });
    track.trackId = result.track.trackId;
  }

  #applyMuted(track: LocalTrack, muted: boolean): void {
    track.mediaStreamTrack.enabled = !muted;
    if (track.muted === muted) return;
    track.muted = muted;
    this.#events.emit("trackMuted", track);
  }
}

function createTrack(mediaStreamTrack: MediaStreamTrack, origin: LocalTrack["origin"], options: PublishOptions): LocalTrack {
  if (mediaStreamTrack.kind === "audio") return new LocalTrack(randomCid(), mediaStreamTrack, origin, options);
  const plan = planVideo(options, mediaStreamTrack.getSettings(), supportsScalability());
  return new LocalTrack(randomCid(), mediaStreamTrack, origin, options, plan);
}
