import type {
  Notifications,
  ParticipantInfo,
  ParticipantKind,
  ParticipantPermissions,
  TrackInfo,
  TrackKind,
  TrackSource,
  VideoLayer,
} from "@sluice/protocol";
import { showTrack } from "./show-track.js";
import type { LayerOptions } from "./track-wish.js";

/** Whether a remote track is received. `wanted`: asked for, but nothing carries it yet. */
export type Subscription =
  | { readonly status: "none" }
  | { readonly status: "wanted" }
  | { readonly status: "live"; readonly mediaStreamTrack: MediaStreamTrack };

/** Which of a track's layers the server sends us, counted from 0. */
export type ReceivedLayers = Pick<Notifications["subscribedLayers"], "spatialLayer" | "temporalLayer">;

/** What a track asks of its room. */
export interface TrackControl {
  setPaused(trackId: string, paused: boolean): Promise<void>;
  setLayers(trackId: string, layers: LayerOptions): Promise<void>;
  adaptTo(trackId: string, element: HTMLVideoElement): () => void;
}

/** A track somebody else publishes. */
export class RemoteTrack {
  readonly trackId: string;
  readonly kind: TrackKind;
  readonly source: TrackSource;
  readonly name: string;
  readonly participant: RemoteParticipant;
  muted: boolean;
  /** The sizes it is published in, smallest first; empty when its publisher does not say. */
  layers: readonly VideoLayer[];
  /** What is sent, for example "video/VP8"; undefined until that is agreed. */
  mimeType: string | undefined;
  /** Encrypted from end to end; undefined: not. */
  encryption: TrackInfo["encryption"];
  /** False: its publisher does not let us receive it. */
  allowed = true;
  /** Its packets are stopped by ourselves: with {@link setPaused}, or because no element that it adapts to is seen. */
  paused = false;
  /** Its packets are stopped by the server, because our connection does not carry them. */
  starved = false;
  /** Which layers we are sent, when the server has said so. */
  receivedLayers: ReceivedLayers | undefined;
  readonly #control: TrackControl;
  readonly #elements = new Set<HTMLMediaElement>();
  #subscription: Subscription;

  constructor(info: TrackInfo, participant: RemoteParticipant, subscription: Subscription, control: TrackControl) {
    this.trackId = info.trackId;
    this.kind = info.kind;
    this.source = info.source;
    this.name = info.name;
    this.muted = info.muted;
    this.layers = info.layers ?? [];
    this.mimeType = info.mimeType;
    this.encryption = info.encryption;
    this.participant = participant;
    this.#subscription = subscription;
    this.#control = control;
  }

  get subscription(): Subscription {
    return this.#subscription;
  }

  get mediaStreamTrack(): MediaStreamTrack | undefined {
    return this.#subscription.status === "live" ? this.#subscription.mediaStreamTrack : undefined;
  }

  /** Stops or resumes its packets; it stays subscribed. */
  setPaused(paused: boolean): Promise<void> {
    return this.#control.setPaused(this.trackId, paused);
  }

  /** What is wanted of it at most: the size at which it is shown, layers, priority. Every call replaces the last as a whole. */
  setLayers(layers: LayerOptions): Promise<void> {
    return this.#control.setLayers(this.trackId, layers);
  }

  /**
   * Plays in `element`, now or as soon as it is received, beside whatever else that plays; a video adapts to it as well.
   * The function returned takes it out again.
   */
  attach(element: HTMLMediaElement): () => void {
    if (this.#elements.has(element)) return () => {};
    this.#elements.add(element);
    if (this.mediaStreamTrack !== undefined) showTrack(element, undefined, this.mediaStreamTrack);
    const release = this.kind === "video" && element instanceof HTMLVideoElement ? this.adaptTo(element) : () => {};
    return () => {
      release();
      if (this.#elements.delete(element)) showTrack(element, this.mediaStreamTrack, undefined);
    };
  }

  /**
   * Is received no larger than `element` shows it, and not at all while nobody sees that (scrolled away, hidden, page in the
   * background). With several elements the largest counts. The function returned ends it.
   */
  adaptTo(element: HTMLVideoElement): () => void {
    return this.#control.adaptTo(this.trackId, element);
  }

  /** For the room: its publisher or the server said more about it. */
  handleUpdate({ layers = [], mimeType, encryption }: TrackInfo): void {
    this.layers = layers;
    this.mimeType = mimeType;
    this.encryption = encryption;
  }

  /** For the room: what carries it now. */
  handleSubscription(subscription: Subscription): void {
    const before = this.mediaStreamTrack;
    this.#subscription = subscription;
    const now = this.mediaStreamTrack;
    if (now !== before) for (const element of this.#elements) showTrack(element, before, now);
  }
}

/** Somebody else in the room. */
export class RemoteParticipant {
  /** `PA_…`, new for every join. */
  readonly participantId: string;
  /** Unique in a room; the same after a new join. */
  readonly identity: string;
  /** Unix time in ms. */
  readonly joinedAt: number;
  readonly tracks: ReadonlyMap<string, RemoteTrack>;
  #info: ParticipantInfo;

  constructor(info: ParticipantInfo, tracks: ReadonlyMap<string, RemoteTrack>) {
    this.participantId = info.participantId;
    this.identity = info.identity;
    this.joinedAt = info.joinedAt;
    this.tracks = tracks;
    this.#info = info;
  }

  /** What to show; the identity when the token gave no name. */
  get name(): string {
    return this.#info.name || this.identity;
  }

  get kind(): ParticipantKind {
    return this.#info.kind;
  }

  /** `active`: its media connection stands, or stood. */
  get state(): "joined" | "active" {
    return this.#info.state;
  }

  get permissions(): ParticipantPermissions {
    return this.#info.permissions;
  }

  get metadata(): string {
    return this.#info.metadata;
  }

  get attributes(): Readonly<Record<string, string>> {
    return this.#info.attributes;
  }

  handleUpdate(info: ParticipantInfo): void {
    this.#info = info;
  }
}
