import { after, type Instant } from "@sluice/media";
import {
  type LeaveReason,
  type Notification,
  type Params,
  type ParticipantChanges,
  type ParticipantInfo,
  type RoomInfo,
  type SignalType,
  SluiceError,
  type SubscriptionPermissions,
  type TokenClaims,
  type TrackInfo,
} from "@sluice/protocol";
import type { RoomEffect } from "./effect.js";
import { EffectQueue } from "./effect-queue.js";
import { createNewcomer } from "./newcomer.js";
import type { OutgoingData } from "./outgoing-data.js";
import type { Participant, Presence, Subscription } from "./participant.js";
import { changeProfile, isSameProfile } from "./participant-profile.js";
import {
  checkAdmin,
  checkPublishData,
  checkSubscribe,
  checkUpdateMetadata,
  isSamePermissions,
  type Permissions,
  permissionsOf,
  roomToJoin,
} from "./permissions.js";
import { Publications } from "./publications.js";
import { RoomMessages } from "./room-messages.js";
import type { JoinOptions, JoinResult, ParticipantUpdate, RoomOptions } from "./room-options.js";
import { changeSettings, type RoomSettings } from "./room-settings.js";
import { Roster } from "./roster.js";
import { Subscriptions } from "./subscriptions.js";
import type { Track } from "./track.js";
import type { TrackDetails } from "./track-details.js";

/**
 * People and devices, what they publish, and who receives it. Pure: commands in, effects out through {@link pollEffects},
 * which is to be drained after every command. It knows neither connections nor media; docs/spec/room.md has its rules.
 *
 * Every command that takes a `participantId` throws SluiceError `failedPrecondition` when that participant is not in the room.
 */
export class Room {
  readonly roomId: string;
  readonly name: string;
  /** Unix time in ms. */
  readonly createdAtMs: number;
  readonly #options: RoomOptions;
  readonly #effects = new EffectQueue();
  readonly #roster = new Roster();
  readonly #subscriptions = new Subscriptions(this.#roster, this.#effects);
  readonly #publications: Publications;
  readonly #messages = new RoomMessages(this.#roster, this.#effects);
  #settings: RoomSettings;
  #wasOccupied = false;

  constructor(options: RoomOptions) {
    this.roomId = options.randomId("RM_");
    this.name = options.name;
    this.createdAtMs = options.createdAtMs;
    this.#options = options;
    this.#settings = options.settings;
    const { randomId, maxTracks } = options;
    this.#publications = new Publications({
      randomId,
      maxTracks,
      roster: this.#roster,
      subscriptions: this.#subscriptions,
      effects: this.#effects,
    });
  }

  get info(): RoomInfo {
    const counted = this.#roster.all().filter(({ isHidden, isDependent }) => !isHidden && !isDependent);
    const publishers = this.#roster.all().filter(({ tracks }) => tracks.size > 0);
    return {
      roomId: this.roomId,
      name: this.name,
      metadata: this.#settings.metadata,
      participantCount: counted.length,
      publisherCount: publishers.length,
    };
  }

  get settings(): RoomSettings {
    return this.#settings;
  }

  /** Nobody is in it who would keep it [RM7]. */
  get isEmpty(): boolean {
    return this.#roster.occupants === 0;
  }

  /** [RM60] How long it is kept while it is empty, ms. */
  get emptyTimeoutMs(): number {
    return this.#wasOccupied ? this.#settings.departureTimeoutMs : this.#settings.emptyTimeoutMs;
  }

  participant(participantId: string): Participant | undefined {
    return this.#roster.get(participantId);
  }

  withIdentity(identity: string): Participant | undefined {
    return this.#roster.withIdentity(identity);
  }

  /** What the participant is to receive, paused or not, in the order of subscribing. */
  subscriptionsOf(participantId: string): Iterable<Subscription> {
    return this.#roster.get(participantId)?.subscriptions.values() ?? [];
  }

  subscription(participantId: string, trackId: string): Subscription | undefined {
    return this.#roster.get(participantId)?.subscriptions.get(trackId);
  }

  presenceOf(participantId: string): Presence | undefined {
    return this.#roster.get(participantId)?.presence;
  }

  /** Everybody, hidden ones too. */
  get participants(): readonly Participant[] {
    return this.#roster.all();
  }

  /** Throws `failedPrecondition` for who is not in the room. */
  checkJoined(participantId: string): void {
    this.#roster.require(participantId);
  }

  tracksOf(participantId: string): Iterable<Track> {
    return this.#roster.get(participantId)?.tracks.values() ?? [];
  }

  /** Ids of whoever receives a track of this participant. */
  *subscribersOf(participantId: string): Iterable<string> {
    for (const track of this.tracksOf(participantId)) yield* track.subscribers;
  }

  track(trackId: string): Track | undefined {
    return this.#publications.get(trackId);
  }

  pollEffects(): readonly RoomEffect[] {
    return this.#effects.poll();
  }

  /** When {@link handleTimeout} is due; undefined: never. */
  pollTimeout(): Instant | undefined {
    return this.#roster.nextDeparture();
  }

  /** [RM13] Participants who were away for too long have left. */
  handleTimeout(now: Instant): void {
    for (const participant of this.#roster.departed(now)) this.#remove(participant, "connectionLost");
  }

  /** `joinedAt`: Unix time in ms. Throws `permissionDenied` or `resourceExhausted`. */
  join(claims: TokenClaims, options: JoinOptions, joinedAt: number): JoinResult {
    if (roomToJoin(claims) !== this.name) throw new SluiceError("permissionDenied", "the access token is for another room");
    const present = this.#roster.withIdentity(claims.sub);
    // Who is only forwarded here has no connection of its own that could be back.
    if (present !== undefined && present.participantId === options.resume && !present.isForwarded) {
      present.handleResumed(claims, options.client);
      if (this.#applyPermissions(present, permissionsOf(claims.video))) this.#tellUpdated(present);
      this.#subscriptions.handleResumed(present);
      return this.describe(present.participantId, true);
    }
    const newcomer = createNewcomer(claims, options, joinedAt, () => this.#options.randomId("PA_"));
    this.#checkRoom(newcomer, present);
    if (present !== undefined) this.#remove(present, "duplicateIdentity");
    this.#roster.add(newcomer);
    this.#wasOccupied ||= !newcomer.isDependent;
    if (!newcomer.isHidden) {
      const { info } = newcomer;
      this.#effects.tell(this.#roster.others(newcomer), { method: "participantJoined", params: { participant: info } });
    }
    this.#subscriptions.subscribeByItself(newcomer, this.#publications.all());
    this.#effects.push({ type: "countsChanged" });
    return this.describe(newcomer.participantId, false);
  }

  /** What `join` answers to a participant that has joined before. */
  describe(participantId: string, isResumed: boolean): JoinResult {
    const participant = this.#roster.require(participantId);
    const others = this.#roster.others(participant).filter(({ isHidden }) => !isHidden);
    return { participant: participant.info, participants: others.map(({ info }) => info), isResumed };
  }

  /** [RM12] The participant's signaling is gone; it may come back until the resume timeout. */
  handleConnectionLost(participantId: string, now: Instant): void {
    const participant = this.#roster.get(participantId);
    if (participant?.presence.type !== "connected") return;
    participant.presence = { type: "away", deadline: after(now, this.#options.resumeTimeoutMs) };
  }

  /** Leaving twice is leaving once. */
  leave(participantId: string, reason: LeaveReason): void {
    const participant = this.#roster.get(participantId);
    if (participant !== undefined) this.#remove(participant, reason);
  }

  /** [RM74] Its media connection stands. */
  setActive(participantId: string): void {
    const participant = this.#roster.get(participantId);
    if (participant?.state !== "joined") return;
    participant.state = "active";
    this.#tellUpdated(participant);
    this.#effects.push({ type: "happened", event: { type: "participantJoined", participant } });
  }

  /** [RM70] Throws `permissionDenied`, or `resourceExhausted` for what is too long. */
  updateOwn(participantId: string, changes: ParticipantChanges): ParticipantInfo {
    checkUpdateMetadata(this.#roster.require(participantId).permissions);
    const { name, metadata, attributes } = changes;
    return this.update(participantId, {
      ...(name === undefined ? {} : { name }),
      ...(metadata === undefined ? {} : { metadata }),
      ...(attributes === undefined ? {} : { attributes }),
    });
  }

  /** [RM72] [RM73] By the server's API: takes no grant. Throws `resourceExhausted` for what is too long. */
  update(participantId: string, { permissions, ...changes }: ParticipantUpdate): ParticipantInfo {
    const participant = this.#roster.require(participantId);
    const profile = changeProfile(participant, changes);
    const isProfileChanged = !isSameProfile(participant, profile);
    Object.assign(participant, profile);
    const arePermissionsChanged =
      permissions !== undefined && this.#applyPermissions(participant, { ...participant.permissions, ...permissions });
    if (isProfileChanged || arePermissionsChanged) this.#tellUpdated(participant);
    return participant.info;
  }

  /** [RM62] Throws `resourceExhausted` for metadata that is too long. */
  configure(settings: Partial<RoomSettings>): void {
    const { metadata } = this.#settings;
    this.#settings = changeSettings(this.#settings, settings);
    if (this.#settings.metadata !== metadata) this.announceInfo();
  }

  setRoomMetadata(metadata: string): void {
    this.configure({ metadata });
  }

  /** Everybody is told how the room is now: its metadata, how many are in it. */
  announceInfo(): void {
    this.#effects.tell(this.#roster.all(), { method: "roomUpdated", params: { room: this.info } });
  }

  /** Everybody is told `roomClosed` by whoever closes their connections. */
  close(reason: LeaveReason): void {
    this.#publications.close();
    for (const participant of this.#roster.all()) {
      this.#happenedLeft(participant, reason);
      this.#effects.push({ type: "participantClosed", participantId: participant.participantId, reason });
    }
    this.#roster.clear();
  }

  /**
   * Publishing the same `cid` again is the same track, perhaps with other layers. Throws `permissionDenied`, `resourceExhausted`,
   * `alreadyExists` or, for layers that make no sense, `invalidArgument`.
   */
  publish(participantId: string, params: Params<"publish">, details: Partial<TrackDetails> = {}): TrackInfo {
    return this.#publications.publish(this.#roster.require(participantId), params, details);
  }

  /** [RM27] What its publisher or the negotiation says about a track. Nothing happens to one that is gone. */
  describeTrack(trackId: string, changes: Partial<TrackDetails>): void {
    this.#publications.describe(trackId, changes);
  }

  /** Unpublishing what is not there (any more) is done already. Throws `permissionDenied` for somebody else's track. */
  unpublish(participantId: string, trackId: string): void {
    this.#publications.unpublish(this.#roster.require(participantId), trackId);
  }

  /** All or nothing. Throws `permissionDenied`, `notFound`, or `invalidArgument` for an own track. */
  subscribe(participantId: string, trackIds: readonly string[]): void {
    const participant = this.#roster.require(participantId);
    checkSubscribe(participant.permissions);
    const tracks = trackIds.map((trackId) => this.#publications.require(trackId));
    this.#subscriptions.subscribe(participant, tracks);
  }

  /** Tracks that are gone or were never subscribed are unsubscribed already. */
  unsubscribe(participantId: string, trackIds: readonly string[]): void {
    this.#subscriptions.unsubscribe(this.#roster.require(participantId), trackIds);
  }

  /** Replaces what was wanted of the track as a whole. Throws `notFound` when the participant is not subscribed to it. */
  setLayers(participantId: string, params: Params<"setLayers">): void {
    this.#subscriptions.setLayers(this.#roster.require(participantId), params);
  }

  /** Own tracks both ways; with roomAdmin anybody's, but only to mute. Throws `notFound` or `permissionDenied`. */
  mute(participantId: string, trackId: string, isMuted: boolean): void {
    this.#publications.mute(this.#roster.require(participantId), trackId, isMuted);
  }

  /** [RM43] By the server's API, both ways: whether it may unmute is its own to know. Throws `notFound`. */
  muteFor(trackId: string, isMuted: boolean): void {
    this.#publications.muteFor(trackId, isMuted);
  }

  /** [RM80] Who may receive this participant's tracks; replaces what was said before. */
  setSubscriptionPermissions(participantId: string, permissions: SubscriptionPermissions): void {
    this.#subscriptions.setPermissions(this.#roster.require(participantId), permissions);
  }

  /** To the whole room or to one participant of it. Returns to how many it went. Throws `permissionDenied` or `notFound`. */
  signal(participantId: string, params: Params<"signal">): number {
    return this.#messages.signal(this.#roster.require(participantId), params);
  }

  /** [RM52] Whether this participant may signal every room of the node. Throws `permissionDenied`. */
  checkSignalEveryRoom(participantId: string): void {
    const { permissions } = this.#roster.require(participantId);
    checkPublishData(permissions);
    checkAdmin(permissions, "signaling every room");
  }

  /** [RM59] Whether this participant may see how the media of others does. Throws `permissionDenied`. */
  checkStatisticsOfEverybody(participantId: string): void {
    checkAdmin(this.#roster.require(participantId).permissions, "the statistics of everybody");
  }

  /** A signal from anywhere on the node to everybody here but its sender. */
  deliverSignal(from: string, type: SignalType, data: string): number {
    return this.#messages.deliverSignal(from, type, data);
  }

  /**
   * To whom this goes: ids of those of its receivers who are there, those included who are away, for their data channels are not.
   * `from` undefined: the server's API. Throws `permissionDenied` or `resourceExhausted`.
   */
  admitData(from: string | undefined, data: OutgoingData, now: Instant): readonly string[] {
    return this.#messages.admitData(from === undefined ? undefined : this.#roster.require(from), data, now);
  }

  /** Anything the session layer found out and the room should hear: speakers, quality. */
  announce(participantIds: Iterable<string>, notification: Notification): void {
    const receivers = [...participantIds].flatMap((participantId) => this.#roster.get(participantId) ?? []);
    this.#effects.tell(receivers, notification);
  }

  /** [RM14] [RM73] What is no longer granted ends, and what is granted again begins. Whether anything has changed. */
  #applyPermissions(participant: Participant, granted: Permissions): boolean {
    const before = participant.permissions;
    // Whether the others know of it was settled when it joined.
    const permissions = { ...granted, isHidden: before.isHidden };
    if (isSamePermissions(before, permissions)) return false;
    participant.permissions = permissions;
    this.#publications.revoke(participant);
    if (!permissions.canSubscribe) this.#subscriptions.unsubscribeAll(participant);
    else if (!before.canSubscribe) this.#subscriptions.subscribeByItself(participant, this.#publications.all());
    return true;
  }

  /** [RM5] Throws `resourceExhausted`; `present` is who leaves for the newcomer. */
  #checkRoom(newcomer: Participant, present: Participant | undefined): void {
    const { maxParticipants } = this.#options;
    const isFull = present === undefined && this.#roster.size >= maxParticipants;
    const limit = this.#settings.maxParticipants;
    const occupants = this.#roster.occupants - (present?.isDependent === false ? 1 : 0);
    const isOverLimit = limit > 0 && !newcomer.isDependent && occupants >= limit;
    if (!isFull && !isOverLimit) return;
    const allowed = isOverLimit ? limit : maxParticipants;
    throw new SluiceError("resourceExhausted", `the room is full: it may have ${allowed} participants`);
  }

  /** To itself and, unless it is hidden, everybody. */
  #tellUpdated(participant: Participant): void {
    participant.version += 1;
    const receivers = participant.isHidden ? [participant] : this.#roster.all();
    this.#effects.tell(receivers, { method: "participantUpdated", params: { participant: participant.info } });
  }

  #happenedLeft(participant: Participant, reason: LeaveReason): void {
    const type = participant.state === "active" ? "participantLeft" : "participantConnectionAborted";
    this.#effects.push({ type: "happened", event: { type, participant, reason } });
  }

  #remove(participant: Participant, reason: LeaveReason): void {
    const { participantId, identity } = participant;
    this.#roster.remove(participant);
    this.#subscriptions.handleLeft(participant);
    if (!participant.isHidden) {
      this.#effects.tell(this.#roster.all(), { method: "participantLeft", params: { participantId, identity, reason } });
    }
    this.#publications.handleLeft(participant);
    this.#effects.push({ type: "countsChanged" });
    this.#happenedLeft(participant, reason);
    this.#effects.push({ type: "participantClosed", participantId, reason });
  }
}
