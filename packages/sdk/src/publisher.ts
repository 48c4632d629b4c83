import type { MethodName, Params, Result, SluiceError } from "@sluice/protocol";
import { LocalTrack, type PublishOptions } from "./local-track.js";
import type { RoomMedia } from "./media-port.js";
import { randomCid } from "./random-cid.js";
import type { RoomEvents } from "./room-events.js";
import type { TypedEmitter } from "./typed-emitter.js";

/** What a publisher needs of the signaling. */
export interface RequestLink {
  requestUntilAnswered<M extends MethodName>(method: M, params: Params<M>): Promise<Result<M>>;
}

/** Our own tracks: publishing, muting, and publishing again when the participant had to join anew. */
export class Publisher {
  readonly #link: RequestLink;
  readonly #media: Pick<RoomMedia, "send" | "stopSending">;
  readonly #events: TypedEmitter<RoomEvents>;
  readonly #tracks = new Map<string, LocalTrack>();
  /** What is published or being published, so that the same track is not published twice. */
  readonly #published = new Map<MediaStreamTrack, Promise<LocalTrack>>();

  constructor(link: RequestLink, media: Pick<RoomMedia, "send" | "stopSending">, events: TypedEmitter<RoomEvents>) {
    this.#link = link;
    this.#media = media;
    this.#events = events;
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
    if (!this.#tracks.delete(track.cid)) return;
    this.#published.delete(track.mediaStreamTrack);
    if (track.origin === "captured") track.mediaStreamTrack.stop();
    this.#events.emit("localTrackUnpublished", track);
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
    const track = new LocalTrack(randomCid(), mediaStreamTrack, origin, options);
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

  async #announce(track: LocalTrack): Promise<void> {
    const { cid, kind, source, name, muted } = track;
    const result = await this.#link.requestUntilAnswered("publish", { cid, kind, source, name, muted });
    track.trackId = result.track.trackId;
  }

  #applyMuted(track: LocalTrack, muted: boolean): void {
    track.mediaStreamTrack.enabled = !muted;
    if (track.muted === muted) return;
    track.muted = muted;
    this.#events.emit("trackMuted", track);
  }
}
