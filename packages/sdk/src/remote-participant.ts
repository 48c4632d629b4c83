import type { ParticipantInfo, TrackInfo, TrackKind, TrackSource } from "@sluice/protocol";

/** Whether a remote track is received. `wanted`: asked for, but nothing carries it yet. */
export type Subscription =
  | { readonly status: "none" }
  | { readonly status: "wanted" }
  | { readonly status: "live"; readonly mediaStreamTrack: MediaStreamTrack };

/** A track somebody else publishes. */
export class RemoteTrack {
  readonly trackId: string;
  readonly kind: TrackKind;
  readonly source: TrackSource;
  readonly name: string;
  readonly participant: RemoteParticipant;
  muted: boolean;
  /** Packets are stopped, by {@link Room.setPaused} or by the server for want of bandwidth. */
  paused = false;
  subscription: Subscription;

  constructor(info: TrackInfo, participant: RemoteParticipant, subscription: Subscription) {
    this.trackId = info.trackId;
    this.kind = info.kind;
    this.source = info.source;
    this.name = info.name;
    this.muted = info.muted;
    this.participant = participant;
    this.subscription = subscription;
  }

  get mediaStreamTrack(): MediaStreamTrack | undefined {
    return this.subscription.status === "live" ? this.subscription.mediaStreamTrack : undefined;
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
