import type { LeaveReason, Notification, SubscriptionPermissions, TokenClaims } from "@sluice/protocol";
import type { Participant } from "../../room/participant.js";
import { FORWARDED } from "../../room/participant-kind.js";
import { isSameProfile, type ParticipantProfile } from "../../room/participant-profile.js";
import { grantOf } from "../../room/permissions.js";
import type { Client } from "../client.js";
import type { Clock } from "../clock.js";
import type { RoomSession } from "../room-session.js";
import { ForwardedTracks } from "./forwarded-tracks.js";
import type { MediaPaths } from "./media-paths.js";

export interface ForwardingOptions {
  readonly clock: Clock;
  readonly source: RoomSession;
  /** In the source. */
  readonly participant: Participant;
  readonly destination: RoomSession;
  readonly paths: MediaPaths;
}

/**
 * [RM90] One participant that is in another room, too. There it is a participant like any other whose client is this: it hears what
 * that room tells it and does there what the participant does here.
 */
export class Forwarding implements Client {
  readonly source: RoomSession;
  readonly destination: RoomSession;
  /** In the source. */
  readonly participant: Participant;
  /** In the destination. */
  readonly forwardedId: string;
  /** Why the participant has left the source, once it has. */
  leftWith: LeaveReason = "clientLeft";
  readonly #tracks: ForwardedTracks;
  #profile: ParticipantProfile;
  /** Who may receive its tracks, as the destination was last told. */
  #rules = JSON.stringify(FOR_EVERYBODY);
  #state: "settled" | "updating" | "over" = "settled";
  /** How often there may have been one. */
  #changes = 0;

  /** Throws SluiceError `resourceExhausted` when the destination is full. */
  constructor({ clock, source, participant, destination, paths }: ForwardingOptions) {
    this.source = source;
    this.participant = participant;
    this.destination = destination;
    this.#profile = profileOf(participant);
    const claims = forwardedClaims(participant, destination);
    const { client } = participant;
    this.forwardedId = destination.join(this, claims, { autoSubscribe: false, client, door: "room" }).participant.participantId;
    this.#tracks = new ForwardedTracks({ clock, source, destination, participantId: this.forwardedId, paths });
    destination.command((room) => room.setActive(this.forwardedId));
  }

  get isOver(): boolean {
    return this.#state === "over";
  }

  /** One of the two rooms may have changed. What this does in them changes them, too: that is seen to before it returns. */
  update(): void {
    this.#changes += 1;
    if (this.#state !== "settled") return;
    this.#state = "updating";
    for (let seen = 0; seen !== this.#changes; ) {
      seen = this.#changes;
      if (!this.#updateOnce()) {
        this.#state = "over";
        return;
      }
    }
    this.#state = "settled";
  }

  notify({ method, params }: Notification): void {
    if (method === "publishedLayers") this.#tracks.handleDemand(params.trackId, params.wanted.lastIndexOf(true) + 1);
  }

  /** The destination has no such participant any more: {@link update} sees it. */
  close(): void {}

  /** False: it is over, for the participant is not in both rooms any more. */
  #updateOnce(): boolean {
    const { source, destination, participant, forwardedId } = this;
    const isHere = source.room.participant(participant.participantId) === participant;
    const isThere = destination.room.participant(forwardedId) !== undefined;
    if (isHere && isThere) {
      this.#updateProfile();
      this.#tracks.update(participant);
      this.#updateRules();
      return true;
    }
    this.#tracks.close();
    if (isThere) destination.leave(forwardedId, this.leftWith);
    return false;
  }

  /** [RM91] */
  #updateProfile(): void {
    const before = this.#profile;
    if (isSameProfile(before, this.participant)) return;
    this.#profile = profileOf(this.participant);
    const { name, metadata, attributes } = this.#profile;
    const deleted = Object.fromEntries(Object.keys(before.attributes).map((key) => [key, ""]));
    const changes = { name, metadata, attributes: { ...deleted, ...attributes } };
    this.destination.command((room) => room.update(this.forwardedId, changes));
  }

  /** [RM92] Who may receive its tracks here may there, by identity; ids are of another room. */
  #updateRules(): void {
    const permissions = this.#tracks.translate(this.participant.subscriptionRules?.permissions ?? FOR_EVERYBODY);
    const rules = JSON.stringify(permissions);
    if (rules === this.#rules) return;
    this.#rules = rules;
    this.destination.command((room) => room.setSubscriptionPermissions(this.forwardedId, permissions));
  }
}

const FOR_EVERYBODY: SubscriptionPermissions = { everybody: true, participants: [] };

function profileOf({ name, metadata, attributes }: Participant): ParticipantProfile {
  return { name, metadata, attributes };
}

/** It receives nothing there. */
function forwardedClaims(participant: Participant, { room }: RoomSession): TokenClaims {
  const { identity, name, metadata, attributes, kind, kindDetails, permissions, claims } = participant;
  return {
    iss: claims.iss,
    sub: identity,
    exp: claims.exp,
    name,
    metadata,
    attributes,
    kind,
    kindDetails: [...kindDetails, FORWARDED],
    video: {
      ...grantOf(permissions),
      room: room.name,
      roomJoin: true,
      roomAdmin: false,
      canPublish: !permissions.isHidden,
      canPublishSources: [],
      canSubscribe: false,
    },
  };
}
