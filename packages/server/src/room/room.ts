import { after, earliest, type Instant } from "@sluice/media";
import {
  type LeaveReason,
  type Notification,
  type Params,
  type ParticipantInfo,
  type RoomInfo,
  type SignalType,
  SluiceError,
  type TokenClaims,
  type TrackInfo,
} from "@sluice/protocol";
import type { RoomEffect } from "./effect.js";
import { Participant, type Presence, type Subscription } from "./participant.js";
import { mayPublish, type Permissions, permissionsOf, roomToJoin } from "./permissions.js";
import type { RandomId } from "./random-id.js";
import { Track } from "./track.js";

export interface RoomOptions {
  readonly name: string;
  readonly randomId: RandomId;
  readonly maxParticipants: number;
  /** Per participant. */
  readonly maxTracks: number;
  /** How long a participant whose signaling was lost is kept, ms. */
  readonly departureTimeoutMs: number;
}

export interface JoinResult {
  readonly participant: ParticipantInfo;
  /** Everybody else who is not hidden. */
  readonly participants: readonly ParticipantInfo[];
  readonly isResumed: boolean;
}

/**
 * People and devices, what they publish, and who receives it. Pure: commands in, effects out through {@link pollEffects},
 * which is to be drained after every command. It knows neither connections nor media; docs/spec/room.md has its rules.
 *
 * Every command that takes a `participantId` throws SluiceError `failedPrecondition` when that participant is not in the room.
 */
export class Room {
  readonly roomId: string;
  readonly name: string;
  readonly #options: RoomOptions;
  readonly #participants = new Map<string, Participant>();
  readonly #byIdentity = new Map<string, Participant>();
  readonly #tracks = new Map<string, Track>();
  #effects: RoomEffect[] = [];

  constructor(options: RoomOptions) {
    this.roomId = options.randomId("RM_");
    this.name = options.name;
    this.#options = options;
  }

  get info(): RoomInfo {
    return { roomId: this.roomId, name: this.name, metadata: "" };
  }

  get isEmpty(): boolean {
    return this.#participants.size === 0;
  }

  /** What the participant is to receive, paused or not, in the order of subscribing. */
  subscriptionsOf(participantId: string): Iterable<Subscription> {
    return this.#participants.get(participantId)?.subscriptions.values() ?? [];
  }

  presenceOf(participantId: string): Presence | undefined {
    return this.#participants.get(participantId)?.presence;
  }

  /** Throws `failedPrecondition` for who is not in the room. */
  checkJoined(participantId: string): void {
    this.#require(participantId);
  }

  tracksOf(participantId: string): Iterable<Track> {
    return this.#participants.get(participantId)?.tracks.values() ?? [];
  }

  /** Ids of whoever receives a track of this participant. */
  *subscribersOf(participantId: string): Iterable<string> {
    for (const track of this.tracksOf(participantId)) yield* track.subscribers;
  }

  track(trackId: string): Track | undefined {
    return this.#tracks.get(trackId);
  }

  pollEffects(): readonly RoomEffect[] {
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }

  /** When {@link handleTimeout} is due; undefined: never. */
  pollTimeout(): Instant | undefined {
    let due: Instant | undefined;
    for (const { presence } of this.#participants.values()) {
      if (presence.type === "away") due = earliest(due, presence.deadline);
    }
    return due;
  }

  /** [RM13] Participants who were away for too long have left. */
  handleTimeout(now: Instant): void {
    for (const participant of [...this.#participants.values()]) {
      if (participant.presence.type === "away" && participant.presence.deadline <= now)
        this.#remove(participant, "connectionLost");
    }
  }

  /** `joinedAt`: Unix time in ms. Throws `permissionDenied` or `resourceExhausted`. */
  join(claims: TokenClaims, params: Params<"join">, joinedAt: number): JoinResult {
    if (roomToJoin(claims) !== this.name) throw new SluiceError("permissionDenied", "the access token is for another room");
    const present = this.#byIdentity.get(claims.sub);
    if (present !== undefined && present.participantId === params.resume) {
      present.presence = { type: "connected" };
      this.#applyPermissions(present, permissionsOf(claims.video));
      return this.describe(present.participantId, true);
    }
    if (present === undefined && this.#participants.size >= this.#options.maxParticipants) {
      throw new SluiceError("resourceExhausted", `the room is full: it may have ${this.#options.maxParticipants} participants`);
    }
    if (present !== undefined) this.#remove(present, "duplicateIdentity");
    const participant = new Participant({
      participantId: this.#options.randomId("PA_"),
      identity: claims.sub,
      name: claims.name ?? "",
      metadata: claims.metadata ?? "",
      attributes: claims.attributes ?? {},
      joinedAt,
      permissions: permissionsOf(claims.video),
      isAutoSubscribing: params.autoSubscribe ?? true,
    });
    this.#participants.set(participant.participantId, participant);
    this.#byIdentity.set(participant.identity, participant);
    if (!participant.permissions.isHidden) {
      this.#tell(this.#othersThan(participant), { method: "participantJoined", params: { participant: participant.info } });
    }
    if (participant.isAutoSubscribing && participant.permissions.canSubscribe) {
      for (const track of this.#tracks.values()) this.#link(participant, track);
    }
    this.#wantedTracksChanged(participant);
    return this.describe(participant.participantId, false);
  }

  /** What `join` answers to a participant that has joined before. */
  describe(participantId: string, isResumed: boolean): JoinResult {
    const participant = this.#require(participantId);
    const participants: ParticipantInfo[] = [];
    for (const other of this.#participants.values()) {
      if (other !== participant && !other.permissions.isHidden) participants.push(other.info);
    }
    return { participant: participant.info, participants, isResumed };
  }

  /** [RM12] The participant's signaling is gone; it may come back until the departure timeout. */
  handleConnectionLost(participantId: string, now: Instant): void {
    const participant = this.#participants.get(participantId);
    if (participant?.presence.type !== "connected") return;
    participant.presence = { type: "away", deadline: after(now, this.#options.departureTimeoutMs) };
  }

  /** Leaving twice is leaving once. */
  leave(participantId: string, reason: LeaveReason): void {
    const participant = this.#participants.get(participantId);
    if (participant !== undefined) this.#remove(participant, reason);
  }

  /** Everybody is told `roomClosed` by whoever closes their connections. */
  close(reason: LeaveReason): void {
    for (const participant of this.#participants.values()) {
      this.#effects.push({ type: "participantClosed", participantId: participant.participantId, reason });
    }
    this.#participants.clear();
    this.#byIdentity.clear();
    this.#tracks.clear();
  }

  /** Publishing the same `cid` again is the same track. Throws `permissionDenied`, `resourceExhausted` or `alreadyExists`. */
  publish(participantId: string, params: Params<"publish">): TrackInfo {
    const participant = this.#require(participantId);
    const source = params.source ?? "unknown";
    if (participant.permissions.isHidden) throw new SluiceError("permissionDenied", "a hidden participant cannot publish");
    if (!mayPublish(participant.permissions, source)) {
      throw new SluiceError("permissionDenied", `the access token does not grant publishing from source ${source}`);
    }
    for (const published of participant.tracks.values()) {
      if (published.cid !== params.cid) continue;
      if (published.kind === params.kind) return published.info;
      throw new SluiceError("alreadyExists", `a track with this cid is published as ${published.kind}`);
    }
    if (participant.tracks.size >= this.#options.maxTracks) {
      throw new SluiceError("resourceExhausted", `a participant may publish ${this.#options.maxTracks} tracks`);
    }
    const track = new Track({
      trackId: this.#options.randomId("TR_"),
      participantId,
      cid: params.cid,
      kind: params.kind,
      source,
      name: params.name ?? "",
      isMuted: params.muted ?? false,
    });
    participant.tracks.set(track.trackId, track);
    this.#tracks.set(track.trackId, track);
    this.#tell(this.#othersThan(participant), { method: "trackPublished", params: { participantId, track: track.info } });
    for (const other of this.#participants.values()) {
      if (other === participant || !other.isAutoSubscribing || !other.permissions.canSubscribe) continue;
      this.#link(other, track);
      this.#wantedTracksChanged(other);
    }
    return track.info;
  }

  /** Unpublishing what is not there (any more) is done already. Throws `permissionDenied` for somebody else's track. */
  unpublish(participantId: string, trackId: string): void {
    const participant = this.#require(participantId);
    const track = this.#tracks.get(trackId);
    if (track === undefined) return;
    if (track.participantId !== participantId) throw new SluiceError("permissionDenied", "this track is somebody else's");
    participant.tracks.delete(trackId);
    this.#tell(this.#othersThan(participant), { method: "trackUnpublished", params: { participantId, trackId } });
    this.#closeTrack(track);
  }

  /** All or nothing. Throws `permissionDenied`, `notFound`, or `invalidArgument` for an own track. */
  subscribe(participantId: string, trackIds: readonly string[]): void {
    const participant = this.#require(participantId);
    if (!participant.permissions.canSubscribe)
      throw new SluiceError("permissionDenied", "the access token does not grant canSubscribe");
    const tracks = trackIds.map((trackId) => this.#requireTrack(trackId));
    if (tracks.some((track) => track.participantId === participantId)) {
      throw new SluiceError("invalidArgument", "a participant does not receive its own tracks");
    }
    for (const track of tracks) this.#link(participant, track);
    this.#wantedTracksChanged(participant);
  }

  /** Tracks that are gone or were never subscribed are unsubscribed already. */
  unsubscribe(participantId: string, trackIds: readonly string[]): void {
    const participant = this.#require(participantId);
    for (const trackId of trackIds) {
      participant.subscriptions.get(trackId)?.track.subscribers.delete(participantId);
      participant.subscriptions.delete(trackId);
    }
    this.#wantedTracksChanged(participant);
  }

  /** Throws `notFound` when the participant is not subscribed to the track. */
  setLayers(participantId: string, trackId: string, isPaused: boolean): void {
    const subscription = this.#require(participantId).subscriptions.get(trackId);
    if (subscription === undefined) throw new SluiceError("notFound", `not subscribed to track ${trackId}`);
    if (subscription.isPaused === isPaused) return;
    subscription.isPaused = isPaused;
    this.#effects.push({ type: "subscriptionPaused", participantId, trackId, isPaused });
  }

  /** Own tracks both ways; with roomAdmin anybody's, but only to mute. Throws `notFound` or `permissionDenied`. */
  mute(participantId: string, trackId: string, isMuted: boolean): void {
    const participant = this.#require(participantId);
    const track = this.#requireTrack(trackId);
    const isOwn = track.participantId === participantId;
    if (!isOwn && !participant.permissions.isAdmin) throw new SluiceError("permissionDenied", "this track is somebody else's");
    if (!isOwn && !isMuted) throw new SluiceError("permissionDenied", "only its publisher can unmute a track");
    if (track.isMuted === isMuted) return;
    track.isMuted = isMuted;
    this.#effects.push({ type: "trackPaused", trackId, isPaused: isMuted });
    this.#tell(this.#othersThan(participant), {
      method: "trackMuted",
      params: { participantId: track.participantId, trackId, muted: isMuted },
    });
  }

  /** To the whole room or to one participant of it. Returns to how many it went. Throws `permissionDenied` or `notFound`. */
  signal(participantId: string, params: Params<"signal">): number {
    const participant = this.#requireData(participantId);
    const notification = signalNotification(participantId, params.type, params.data);
    if (params.to === undefined) return this.#tell(this.#othersThan(participant), notification);
    const receiver = this.#participants.get(params.to);
    if (receiver === undefined) throw new SluiceError("notFound", `no participant ${params.to} in this room`);
    return this.#tell([receiver], notification);
  }

  /** [RM52] Whether this participant may signal every room of the node. Throws `permissionDenied`. */
  checkSignalEveryRoom(participantId: string): void {
    if (!this.#requireData(participantId).permissions.isAdmin) {
      throw new SluiceError("permissionDenied", "signaling every room needs the grant roomAdmin");
    }
  }

  /** A signal from anywhere on the node to everybody here but its sender. */
  deliverSignal(from: string, type: SignalType, data: string): number {
    const receivers = [...this.#participants.values()].filter((participant) => participant.participantId !== from);
    return this.#tell(receivers, signalNotification(from, type, data));
  }

  /** Receivers who are not there (any more) are left out. Throws `permissionDenied`. */
  sendData(participantId: string, params: Params<"sendData">): void {
    const participant = this.#requireData(participantId);
    const receivers =
      params.to === undefined
        ? this.#othersThan(participant)
        : [...new Set(params.to)].flatMap((to) => this.#participants.get(to) ?? []).filter((to) => to !== participant);
    this.#tell(receivers, { method: "data", params: { from: participantId, topic: params.topic ?? "", data: params.data } });
  }

  /** Anything the session layer found out and the room should hear: speakers, quality. */
  announce(participantIds: Iterable<string>, notification: Notification): void {
    this.#tell(
      [...participantIds].flatMap((participantId) => this.#participants.get(participantId) ?? []),
      notification,
    );
  }

  /** [RM14] The token it was resumed with may grant less than the one before. */
  #applyPermissions(participant: Participant, permissions: Permissions): void {
    // Whether the others know of it was settled when it joined.
    participant.permissions = { ...permissions, isHidden: participant.permissions.isHidden };
    for (const { trackId, source } of participant.tracks.values()) {
      if (!mayPublish(participant.permissions, source)) this.unpublish(participant.participantId, trackId);
    }
    if (!permissions.canSubscribe) this.unsubscribe(participant.participantId, [...participant.subscriptions.keys()]);
  }

  #require(participantId: string): Participant {
    const participant = this.#participants.get(participantId);
    if (participant === undefined) throw new SluiceError("failedPrecondition", "not in a room: join first");
    return participant;
  }

  #requireData(participantId: string): Participant {
    const participant = this.#require(participantId);
    if (!participant.permissions.canPublishData) {
      throw new SluiceError("permissionDenied", "the access token does not grant canPublishData");
    }
    return participant;
  }

  #requireTrack(trackId: string): Track {
    const track = this.#tracks.get(trackId);
    if (track === undefined) throw new SluiceError("notFound", `no track ${trackId} in this room`);
    return track;
  }

  #othersThan(participant: Participant): Participant[] {
    return [...this.#participants.values()].filter((other) => other !== participant);
  }

  /** Only who is connected can be told; the others learn the state when they resume. */
  #tell(receivers: readonly Participant[], notification: Notification): number {
    const participantIds: string[] = [];
    for (const { participantId, presence } of receivers) {
      if (presence.type === "connected") participantIds.push(participantId);
    }
    if (participantIds.length > 0) this.#effects.push({ type: "notify", participantIds, notification });
    return participantIds.length;
  }

  #link(participant: Participant, track: Track): void {
    if (participant.subscriptions.has(track.trackId)) return;
    participant.subscriptions.set(track.trackId, { track, isPaused: false });
    track.subscribers.add(participant.participantId);
  }

  #wantedTracksChanged(participant: Participant): void {
    this.#effects.push({ type: "wantedTracksChanged", participantId: participant.participantId });
  }

  #closeTrack(track: Track): void {
    this.#tracks.delete(track.trackId);
    this.#effects.push({ type: "trackClosed", trackId: track.trackId, participantId: track.participantId });
    for (const subscriberId of track.subscribers) {
      const subscriber = this.#participants.get(subscriberId);
      if (subscriber === undefined) continue;
      subscriber.subscriptions.delete(track.trackId);
      this.#wantedTracksChanged(subscriber);
    }
  }

  #remove(participant: Participant, reason: LeaveReason): void {
    const { participantId } = participant;
    this.#participants.delete(participantId);
    this.#byIdentity.delete(participant.identity);
    for (const { track } of participant.subscriptions.values()) track.subscribers.delete(participantId);
    if (!participant.permissions.isHidden) {
      this.#tell([...this.#participants.values()], { method: "participantLeft", params: { participantId, reason } });
    }
    for (const track of participant.tracks.values()) this.#closeTrack(track);
    this.#effects.push({ type: "participantClosed", participantId, reason });
  }
}

function signalNotification(from: string, type: SignalType, data: string): Notification {
  return { method: "signal", params: { from, type, data } };
}
