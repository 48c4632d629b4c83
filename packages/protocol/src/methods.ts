/**
 * The JSON-RPC 2.0 door, `/rpc`: every method with its parameters and result, every notification with its parameters.
 * docs/reference/json-rpc.md is the same in prose. All requests are idempotent; per connection they are handled in order.
 *
 * One peer connection per participant; the client always offers. When the server wants to send more tracks than there are
 * sections to carry them it says `negotiationNeeded` with how many sections it wants in total, and the client offers again.
 */

export type TrackKind = "audio" | "video";
export type TrackSource = "camera" | "microphone" | "screenShare" | "screenShareAudio" | "unknown";
export type ConnectionQuality = "excellent" | "good" | "poor" | "lost";
/** What kind of program takes part, as its token says. */
export type ParticipantKind = "standard" | "ingress" | "egress" | "sip" | "agent" | "connector" | "bridge";

/** One rendition of a video track: a simulcast encoding (with its rid) or a spatial layer of one SVC stream (without). */
export interface VideoLayer {
  readonly rid?: string;
  /** Pixels; 0, which only the server says: nobody knows. */
  readonly width: number;
  readonly height: number;
  /** The most the encoder will use for it, bit/s; absent when unknown. */
  readonly bitrateBps?: number;
}

export interface TrackInfo {
  /** `TR_…` */
  readonly trackId: string;
  readonly kind: TrackKind;
  readonly source: TrackSource;
  readonly name: string;
  readonly muted: boolean;
  /** As its publisher announced them, smallest first: the index is the spatial layer. Absent: nobody said. */
  readonly layers?: readonly VideoLayer[];
  /** What is sent, for example "video/VP8"; absent until it is agreed with the publisher. */
  readonly mimeType?: string;
  /** Of a video at its largest, pixels; absent: nobody said. */
  readonly width?: number;
  readonly height?: number;
  /** Encrypted from end to end, by GCM or in the application's own way; absent: not. */
  readonly encryption?: "gcm" | "custom";
}

/** What a participant may do, as its token and the server's API say. */
export interface ParticipantPermissions {
  readonly canPublish: boolean;
  /** Absent: every source. */
  readonly publishSources?: readonly TrackSource[];
  readonly canSubscribe: boolean;
  readonly canPublishData: boolean;
  /** Its own name, metadata and attributes. */
  readonly canUpdateMetadata: boolean;
}

/** Absent members stay as they are. */
export interface ParticipantChanges {
  readonly name?: string;
  readonly metadata?: string;
  /** Those named here are set, an empty one is deleted, all others stay. */
  readonly attributes?: Readonly<Record<string, string>>;
}

/** Whom a publisher lets receive its tracks. One that is named in several grants may receive what any of them grants. */
export interface SubscriptionPermissions {
  /** Everybody, everything: the grants do not matter. Until something else is said it is so. */
  readonly everybody: boolean;
  readonly participants: readonly SubscriptionGrant[];
}

export interface SubscriptionGrant {
  /** Whoever has either. */
  readonly participantId?: string;
  readonly identity?: string;
  /** All tracks, also those to come; false: those of `trackIds`. */
  readonly everyTrack: boolean;
  readonly trackIds: readonly string[];
}

export interface ParticipantInfo {
  /** `PA_…`, new for every join. */
  readonly participantId: string;
  /** From the token's `sub`; unique in a room. */
  readonly identity: string;
  readonly name: string;
  readonly metadata: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** Unix time in ms. */
  readonly joinedAt: number;
  readonly kind: ParticipantKind;
  /** `active`: its media connection stands, or stood. */
  readonly state: "joined" | "active";
  readonly permissions: ParticipantPermissions;
  readonly tracks: readonly TrackInfo[];
}

export interface RoomInfo {
  /** `RM_…` */
  readonly roomId: string;
  readonly name: string;
  readonly metadata: string;
  /** Those who can be seen, agents and recorders left out. */
  readonly participantCount: number;
  /** Those who have a track. */
  readonly publisherCount: number;
}

/** As the W3C RTCIceServer. */
export interface IceServer {
  readonly urls: readonly string[];
  readonly username?: string;
  readonly credential?: string;
}

/** How one Transport does, as the node measures it. Rates are means over the last second or so. */
export interface TransportStats {
  readonly roundTripMs: number | null;
  /** Share of packets lost on the way from and to the client, 0–1. */
  readonly lossUp: number;
  readonly lossDown: number;
  readonly bitrateUpBps: number;
  readonly bitrateDownBps: number;
  /** What the path to the client carries, by congestion control; null when the client gives no feedback. */
  readonly availableDownBps: number | null;
  readonly quality: ConnectionQuality;
}

export interface PublishedTrackStats {
  readonly trackId: string;
  readonly packets: number;
  readonly bytes: number;
  readonly lost: number;
  readonly jitterMs: number;
  readonly bitrateBps: number;
  /** Video: by spatial layer, smallest first, each with all that it needs (of SVC the smaller ones). */
  readonly layers: readonly { readonly rid?: string; readonly bitrateBps: number; readonly isActive: boolean }[];
  readonly keyFrames: number;
  /** Requests sent to the publisher: lost packets asked for, and key frames. */
  readonly nacked: number;
  readonly keyFrameRequests: number;
}

export interface SubscribedTrackStats {
  readonly trackId: string;
  readonly participantId: string;
  readonly packets: number;
  readonly bytes: number;
  readonly bitrateBps: number;
  /**
   * Sequence numbers within what was sent that no packet has, for it never came from the publisher or a change of streams broke a
   * frame off. Clients count them as lost.
   */
  readonly skipped: number;
  readonly retransmitted: number;
  readonly lossRatio: number;
  /** Video that is being sent: which layers; null while nothing is. */
  readonly spatialLayer: number | null;
  readonly temporalLayer: number | null;
  readonly layerSwitches: number;
  /** Times and total time in which the picture stood still longer than a frame should. */
  readonly freezes: number;
  readonly frozenMs: number;
}

export interface ParticipantStats {
  readonly participantId: string;
  readonly identity: string;
  /** Null while there is no media connection. */
  readonly transport: TransportStats | null;
  readonly published: readonly PublishedTrackStats[];
  readonly subscribed: readonly SubscribedTrackStats[];
}

export type SignalType = "offer" | "answer" | "candidate";

export interface Methods {
  join: {
    params: {
      /** Default true: every track of others is subscribed as it appears. */
      readonly autoSubscribe?: boolean;
      /** Resume this participant after the WebSocket was lost: media goes on, nothing is announced to others. */
      readonly resume?: string;
    };
    result: {
      readonly room: RoomInfo;
      readonly participant: ParticipantInfo;
      /** Everybody else in the room. */
      readonly participants: readonly ParticipantInfo[];
      readonly iceServers: readonly IceServer[];
      /** The client should `ping` this often; the server drops a connection that was silent for three of these. */
      readonly pingIntervalMs: number;
      /** False when `resume` was asked for and the participant was gone: this is a new participant, start afresh. */
      readonly resumed: boolean;
    };
  };
  /**
   * An SDP offer. An offer with another ICE ufrag or DTLS fingerprint than before replaces the participant's transport.
   * `tracks` says which published track each sending section carries.
   */
  offer: {
    params: {
      readonly sdp: string;
      readonly tracks?: readonly { readonly mid: string; readonly trackId: string }[];
      /** The client will say `answerApplied`: what is new to it is sent from then on. Default false. */
      readonly confirms?: boolean;
    };
    result: {
      /** The answer. */
      readonly sdp: string;
      /** What the server sends in which section. */
      readonly tracks: readonly { readonly mid: string; readonly trackId: string; readonly participantId: string }[];
    };
  };
  /** The answer to an offer that `confirms` is in place; what it told of begins, as it does by itself after 200 ms. */
  answerApplied: { params: Record<string, never>; result: Record<string, never> };
  /** A client candidate; `null` is end-of-candidates. An ICE-lite server needs none, but checks and accepts them. */
  trickle: {
    params: {
      readonly candidate: {
        readonly candidate: string;
        readonly sdpMid?: string | null;
        readonly sdpMLineIndex?: number | null;
      } | null;
    };
    result: Record<string, never>;
  };
  publish: {
    params: {
      /** The client's own name for this track; publishing the same cid twice is one track. */
      readonly cid: string;
      readonly kind: TrackKind;
      readonly source?: TrackSource;
      readonly name?: string;
      readonly muted?: boolean;
      /** Video: the renditions that will be sent, smallest first, 1–4. */
      readonly layers?: readonly VideoLayer[];
    };
    result: { readonly track: TrackInfo };
  };
  unpublish: { params: { readonly trackId: string }; result: Record<string, never> };
  subscribe: { params: { readonly trackIds: readonly string[] }; result: Record<string, never> };
  unsubscribe: { params: { readonly trackIds: readonly string[] }; result: Record<string, never> };
  /** What the subscriber wants of a track it is subscribed to; every call replaces the last one as a whole. */
  setLayers: {
    params: {
      readonly trackId: string;
      /** Stops the packets, not the subscription. Default false. */
      readonly paused?: boolean;
      /** The size at which the picture is shown, in pixels of the screen: no larger layer than is needed for it is sent. */
      readonly width?: number;
      readonly height?: number;
      /** Never more than these, counted from 0. */
      readonly maxSpatialLayer?: number;
      readonly maxTemporalLayer?: number;
      /** 1–255, default 1 (screen share 8): who gets bandwidth first when there is not enough for all. */
      readonly priority?: number;
    };
    result: Record<string, never>;
  };
  /** How one's own media does, as the node sees it; with the roomAdmin grant that of everybody (`everybody`). */
  getStats: {
    params: { readonly everybody?: boolean };
    result: { readonly participants: readonly ParticipantStats[] };
  };
  /** What others see of oneself. Takes the grant canUpdateOwnMetadata. */
  updateParticipant: { params: ParticipantChanges; result: { readonly participant: ParticipantInfo } };
  /** Who may receive one's own tracks; every call replaces the last one as a whole. */
  setSubscriptionPermissions: { params: SubscriptionPermissions; result: Record<string, never> };
  /** Own track, or (with the roomAdmin grant) anybody's, which can only be muted, not unmuted. */
  mute: { params: { readonly trackId: string; readonly muted: boolean }; result: Record<string, never> };
  /** Client-to-client signaling. `to`: one participant id; absent: the room. `everyRoom` needs the roomAdmin grant. */
  signal: {
    params: {
      readonly type: SignalType;
      readonly to?: string;
      readonly everyRoom?: boolean;
      /** SDP or candidate, plain or base64. At most 64 KiB. */
      readonly data: string;
    };
    /** How many participants it was handed to. */
    result: { readonly delivered: number };
  };
  sendData: {
    params: {
      /** base64 of at most 15 KiB. */
      readonly data: string;
      readonly topic?: string;
      /** Participant ids; absent: everybody else. */
      readonly to?: readonly string[];
    };
    result: Record<string, never>;
  };
  leave: { params: Record<string, never>; result: Record<string, never> };
  ping: { params: { readonly timestamp?: number }; result: { readonly timestamp: number | null; readonly serverTime: number } };
}

export type LeaveReason =
  | "clientLeft"
  | "connectionLost"
  | "duplicateIdentity"
  | "removed"
  | "roomClosed"
  | "roomDeleted"
  | "tokenExpired"
  | "nodeShutdown"
  /** The join came to nothing: no media connection in time. */
  | "joinFailed"
  /** Client and server do not agree about what is there: begin anew. */
  | "stateMismatch"
  /** To another room. */
  | "moved";

export interface Notifications {
  participantJoined: { readonly participant: ParticipantInfo };
  participantLeft: { readonly participantId: string; readonly identity: string; readonly reason: LeaveReason };
  /** Of oneself, too. */
  participantUpdated: { readonly participant: ParticipantInfo };
  /** Metadata at once, counts at most every 5 s. */
  roomUpdated: { readonly room: RoomInfo };
  /** Also when something about it has changed: layers, codec, size. */
  trackPublished: { readonly participantId: string; readonly track: TrackInfo };
  trackUnpublished: { readonly participantId: string; readonly trackId: string };
  trackMuted: { readonly participantId: string; readonly trackId: string; readonly muted: boolean };
  /** An own track flows and somebody receives it: the first one. */
  trackSubscribed: { readonly trackId: string };
  /** A publisher does not let us receive a track that we are to receive, or does so again; it is subscribed by itself then. */
  subscriptionPermission: { readonly participantId: string; readonly trackId: string; readonly allowed: boolean };
  /** How many receiving sections of each kind the client's next offer must have in total; it offers in any case. */
  negotiationNeeded: { readonly audio: number; readonly video: number };
  trickle: { readonly candidate: { readonly candidate: string; readonly sdpMid: string; readonly sdpMLineIndex: number } };
  signal: { readonly from: string; readonly type: SignalType; readonly data: string };
  data: { readonly from: string; readonly topic: string; readonly data: string };
  /**
   * Who speaks now, loudest first; an empty list is silence. `level` 0–1. `dominant`: whom the picture should follow, which
   * changes less often (Volfin & Cohen); null before anybody has spoken.
   */
  activeSpeakers: {
    readonly speakers: readonly { readonly participantId: string; readonly level: number }[];
    readonly dominant?: string | null;
  };
  connectionQuality: {
    readonly participants: readonly { readonly participantId: string; readonly quality: ConnectionQuality }[];
  };
  /**
   * What the server sends of a subscription now, when that changes: which layers, or (`paused`) nothing because the path to the
   * client does not carry it. A pause of one's own is not told.
   */
  subscribedLayers: {
    readonly trackId: string;
    readonly paused: boolean;
    readonly spatialLayer?: number;
    readonly temporalLayer?: number;
  };
  /** Which layers of an own track somebody watches, smallest first; the others need not be encoded. Told 5 s after the last went. */
  publishedLayers: { readonly trackId: string; readonly wanted: readonly boolean[] };
  /** To another room: it is to be joined anew, with this token. `roomClosed` with `moved` follows. */
  moved: { readonly room: string; readonly token: string };
  roomClosed: { readonly reason: LeaveReason };
  /** To be used for the next connection instead of the token before. */
  tokenRefreshed: { readonly token: string };
  /**
   * The participant's media is gone (its worker died): after `delayMs` make a new peer connection and `offer` again on this
   * same WebSocket. Ids of participants and tracks stay.
   */
  reconnect: { readonly reason: "workerDied" | "nodeShutdown"; readonly delayMs: number };
}

export type MethodName = keyof Methods;
export type NotificationName = keyof Notifications;
export type Params<M extends MethodName> = Methods[M]["params"];
export type Result<M extends MethodName> = Methods[M]["result"];
