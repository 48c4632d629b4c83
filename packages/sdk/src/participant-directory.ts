import type { LeaveReason, Notifications, ParticipantInfo, TrackInfo } from "@sluice/protocol";
import { RemoteParticipant, RemoteTrack, type TrackControl } from "./remote-participant.js";
import type { RoomEvents } from "./room-events.js";
import type { TypedEmitter } from "./typed-emitter.js";

interface Entry {
  readonly participant: RemoteParticipant;
  readonly tracks: Map<string, RemoteTrack>;
}

/**
 * Who else is in the room and what they publish. Every change is emitted, however we learn of it: by a notification, or by
 * comparing with the list a `join` gives after a gap.
 */
export class ParticipantDirectory {
  readonly #events: TypedEmitter<RoomEvents>;
  readonly #autoSubscribe: boolean;
  readonly #control: TrackControl;
  readonly #entries = new Map<string, Entry>();

  constructor(events: TypedEmitter<RoomEvents>, autoSubscribe: boolean, control: TrackControl) {
    this.#events = events;
    this.#autoSubscribe = autoSubscribe;
    this.#control = control;
  }

  /** In the order they came. */
  participants(): RemoteParticipant[] {
    return [...this.#entries.values()].map((entry) => entry.participant);
  }

  participant(participantId: string): RemoteParticipant | undefined {
    return this.#entries.get(participantId)?.participant;
  }

  track(trackId: string): RemoteTrack | undefined {
    for (const { tracks } of this.#entries.values()) {
      const track = tracks.get(trackId);
      if (track !== undefined) return track;
    }
    return undefined;
  }

  tracks(): RemoteTrack[] {
    return [...this.#entries.values()].flatMap((entry) => [...entry.tracks.values()]);
  }

  /** Makes the directory say what `participants` says. */
  handleSnapshot(participants: readonly ParticipantInfo[]): void {
    const present = new Set(participants.map((info) => info.participantId));
    for (const participantId of [...this.#entries.keys()]) {
      if (!present.has(participantId)) this.handleLeft(participantId, "connectionLost");
    }
    for (const info of participants) this.handleInfo(info);
  }

  /** A participant who joined or changed, with all its tracks. */
  handleInfo(info: ParticipantInfo): void {
    const known = this.#entries.get(info.participantId);
    if (known === undefined) {
      const tracks = new Map<string, RemoteTrack>();
      const participant = new RemoteParticipant(info, tracks);
      this.#entries.set(info.participantId, { participant, tracks });
      this.#events.emit("participantJoined", participant);
    } else if (isChanged(known.participant, info)) {
      known.participant.handleUpdate(info);
      this.#events.emit("participantUpdated", known.participant);
    }
    const published = new Set(info.tracks.map((track) => track.trackId));
    for (const trackId of known?.tracks.keys() ?? []) {
      if (!published.has(trackId)) this.handleUnpublished(trackId);
    }
    for (const track of info.tracks) this.handlePublished(info.participantId, track);
  }

  handleLeft(participantId: string, reason: LeaveReason): void {
    const entry = this.#entries.get(participantId);
    if (entry === undefined) return;
    for (const trackId of [...entry.tracks.keys()]) this.handleUnpublished(trackId);
    this.#entries.delete(participantId);
    this.#events.emit("participantLeft", entry.participant, reason);
  }

  handlePublished(participantId: string, info: TrackInfo): void {
    const entry = this.#entries.get(participantId);
    if (entry === undefined) return;
    const known = entry.tracks.get(info.trackId);
    if (known !== undefined) {
      known.handleUpdate(info);
      this.handleMuted(info.trackId, info.muted);
      return;
    }
    const subscription = { status: this.#autoSubscribe ? "wanted" : "none" } as const;
    const track = new RemoteTrack(info, entry.participant, subscription, this.#control);
    entry.tracks.set(info.trackId, track);
    this.#events.emit("trackPublished", track);
  }

  handleUnpublished(trackId: string): void {
    const track = this.track(trackId);
    if (track === undefined) return;
    this.detach(track, "none");
    this.#entries.get(track.participant.participantId)?.tracks.delete(trackId);
    this.#events.emit("trackUnpublished", track);
  }

  handleMuted(trackId: string, muted: boolean): void {
    const track = this.track(trackId);
    if (track === undefined || track.muted === muted) return;
    track.muted = muted;
    this.#events.emit("trackMuted", track);
  }

  handlePermission(trackId: string, allowed: boolean): void {
    const track = this.track(trackId);
    if (track === undefined || track.allowed === allowed) return;
    track.allowed = allowed;
    this.#events.emit("trackPermissionChanged", track);
  }

  handlePaused(trackId: string, paused: boolean): void {
    const track = this.track(trackId);
    if (track === undefined || track.paused === paused) return;
    track.paused = paused;
    this.#events.emit("trackPaused", track);
  }

  handleSubscribedLayers({ trackId, paused, ...layers }: Notifications["subscribedLayers"]): void {
    const track = this.track(trackId);
    if (track === undefined) return;
    track.starved = paused;
    track.receivedLayers = layers.spatialLayer === undefined ? undefined : layers;
    this.#events.emit("trackLayersChanged", track);
  }

  /** `mediaStreamTrack` carries `track` from now on. */
  attach(track: RemoteTrack, mediaStreamTrack: MediaStreamTrack): void {
    if (track.mediaStreamTrack === mediaStreamTrack) return;
    this.detach(track, "wanted");
    track.handleSubscription({ status: "live", mediaStreamTrack });
    this.#events.emit("trackSubscribed", track, mediaStreamTrack);
  }

  /** Nothing carries `track` any more. */
  detach(track: RemoteTrack, status: "none" | "wanted"): void {
    const before = track.subscription;
    track.handleSubscription({ status });
    track.starved = false;
    track.receivedLayers = undefined;
    if (before.status === "live") this.#events.emit("trackUnsubscribed", track, before.mediaStreamTrack);
  }
}

function isChanged(participant: RemoteParticipant, info: ParticipantInfo): boolean {
  return (
    participant.name !== (info.name || info.identity) ||
    participant.metadata !== info.metadata ||
    participant.state !== info.state ||
    JSON.stringify(participant.permissions) !== JSON.stringify(info.permissions) ||
    JSON.stringify(participant.attributes) !== JSON.stringify(info.attributes)
  );
}
