import type { Instant } from "@sluice/media";
import type { ParticipantInfo, ParticipantKind, TokenClaims } from "@sluice/protocol";
import type { ClientDescription } from "./client-description.js";
import { DataBudget, PARTICIPANT_DATA_RATES } from "./data-budget.js";
import type { LayerWish } from "./layer-wish.js";
import type { ParticipantDoor } from "./participant-door.js";
import { FORWARDED } from "./participant-kind.js";
import { type Permissions, permissionsInfo } from "./permissions.js";
import type { SubscriptionRules } from "./subscription-rules.js";
import type { Track } from "./track.js";

/** One participant's wish to receive one track. */
export interface Subscription {
  readonly track: Track;
  wish: LayerWish;
}

/** Tracks taken back that are remembered: more than one offer, or two, can be late for. */
const MAX_FORMER_TRACKS = 64;

export type Presence =
  | { readonly type: "connected" }
  /** Its signaling was lost; at `deadline` it has left, unless it is resumed. */
  | { readonly type: "away"; readonly deadline: Instant };

/** What a participant is from its first moment on. */
export type ParticipantOptions = Pick<
  Participant,
  | "participantId"
  | "identity"
  | "name"
  | "metadata"
  | "attributes"
  | "joinedAt"
  | "kind"
  | "kindDetails"
  | "permissions"
  | "isAutoSubscribing"
  | "client"
  | "claims"
  | "door"
>;

export class Participant {
  /** New for every join. */
  readonly participantId: string;
  /** Unique in the room. */
  readonly identity: string;
  name: string;
  metadata: string;
  attributes: Readonly<Record<string, string>>;
  /** Unix time in ms. */
  readonly joinedAt: number;
  readonly kind: ParticipantKind;
  /** As its token says. */
  readonly kindDetails: readonly string[];
  /** `active`: its media connection stands, or stood. */
  state: "joined" | "active" = "joined";
  /** Grows with every change of what others see of it, its tracks included; 32 bits. */
  version = 1;
  /** Of its newest token, or as the server's API changed them since. */
  permissions: Permissions;
  readonly isAutoSubscribing: boolean;
  client: ClientDescription;
  /** Of its newest token. */
  claims: TokenClaims;
  /** Through which it came first. */
  readonly door: ParticipantDoor;
  /** [RM7] Here for others: it is not counted and does not keep the room. */
  readonly isDependent: boolean;
  presence: Presence = { type: "connected" };
  readonly dataBudget = new DataBudget(PARTICIPANT_DATA_RATES);
  /** By track id, in the order of publishing. */
  readonly tracks = new Map<string, Track>();
  /** [RM119] Ids of tracks that it had, the last taken back last. */
  readonly #formerTracks = new Set<string>();
  /** By track id, in the order of subscribing. */
  readonly subscriptions = new Map<string, Subscription>();
  /** Tracks that it is to receive as soon as their publishers let it. */
  readonly withheld = new Map<string, Track>();
  /** Whom it lets receive its tracks; undefined: everybody. */
  subscriptionRules: SubscriptionRules | undefined;

  constructor(options: ParticipantOptions) {
    this.participantId = options.participantId;
    this.identity = options.identity;
    this.name = options.name;
    this.metadata = options.metadata;
    this.attributes = options.attributes;
    this.joinedAt = options.joinedAt;
    this.kind = options.kind;
    this.kindDetails = options.kindDetails;
    this.permissions = options.permissions;
    this.isAutoSubscribing = options.isAutoSubscribing;
    this.client = options.client;
    this.claims = options.claims;
    this.door = options.door;
    const { isAgent, isRecorder } = options.permissions;
    this.isDependent = isAgent || isRecorder || options.kind === "agent" || options.kind === "egress";
  }

  /** Its signaling is back, or came another way; with which client is not always said. */
  handleResumed(claims: TokenClaims, client: ClientDescription = this.client): void {
    this.presence = { type: "connected" };
    this.claims = claims;
    this.client = client;
  }

  /** It publishes this track no more. */
  handleUnpublished(trackId: string): void {
    this.tracks.delete(trackId);
    this.#formerTracks.add(trackId);
    const [oldest] = this.#formerTracks;
    if (this.#formerTracks.size > MAX_FORMER_TRACKS && oldest !== undefined) this.#formerTracks.delete(oldest);
  }

  /** [RM119] Whether it published this track not long ago. */
  hadTrack(trackId: string): boolean {
    return this.#formerTracks.has(trackId);
  }

  get isHidden(): boolean {
    return this.permissions.isHidden;
  }

  /** [RM90] Whether it is here from another room. */
  get isForwarded(): boolean {
    return this.kindDetails.includes(FORWARDED);
  }

  get info(): ParticipantInfo {
    const { participantId, identity, name, metadata, attributes, joinedAt, kind, state } = this;
    return {
      participantId,
      identity,
      name,
      metadata,
      attributes,
      joinedAt,
      kind,
      state,
      permissions: permissionsInfo(this.permissions),
      tracks: [...this.tracks.values()].map((track) => track.info),
    };
  }
}
