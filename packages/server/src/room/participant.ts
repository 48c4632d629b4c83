import type { Instant } from "@sluice/media";
import type { ParticipantInfo } from "@sluice/protocol";
import type { Permissions } from "./permissions.js";
import type { Track } from "./track.js";

/** One participant's wish to receive one track. */
export interface Subscription {
  readonly track: Track;
  /** The subscription stays, the packets do not come. */
  isPaused: boolean;
}

export type Presence =
  | { readonly type: "connected" }
  /** Its signaling was lost; at `deadline` it has left, unless it is resumed. */
  | { readonly type: "away"; readonly deadline: Instant };

export class Participant {
  /** New for every join. */
  readonly participantId: string;
  /** Unique in the room. */
  readonly identity: string;
  readonly name: string;
  readonly metadata: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** Unix time in ms. */
  readonly joinedAt: number;
  /** Of its newest token. */
  permissions: Permissions;
  readonly isAutoSubscribing: boolean;
  presence: Presence = { type: "connected" };
  /** By track id, in the order of publishing. */
  readonly tracks = new Map<string, Track>();
  /** By track id, in the order of subscribing. */
  readonly subscriptions = new Map<string, Subscription>();

  constructor(
    participant: Pick<
      Participant,
      "participantId" | "identity" | "name" | "metadata" | "attributes" | "joinedAt" | "permissions" | "isAutoSubscribing"
    >,
  ) {
    this.participantId = participant.participantId;
    this.identity = participant.identity;
    this.name = participant.name;
    this.metadata = participant.metadata;
    this.attributes = participant.attributes;
    this.joinedAt = participant.joinedAt;
    this.permissions = participant.permissions;
    this.isAutoSubscribing = participant.isAutoSubscribing;
  }

  get info(): ParticipantInfo {
    const { participantId, identity, name, metadata, attributes, joinedAt } = this;
    return {
      participantId,
      identity,
      name,
      metadata,
      attributes,
      joinedAt,
      tracks: [...this.tracks.values()].map((track) => track.info),
    };
  }
}
