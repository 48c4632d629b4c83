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

export interface TrackInfo {
  /** `TR_…` */
  readonly trackId: string;
  readonly kind: TrackKind;
  readonly source: TrackSource;
  readonly name: string;
  readonly muted: boolean;
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
  readonly tracks: readonly TrackInfo[];
}

export interface RoomInfo {
  /** `RM_…` */
  readonly roomId: string;
  readonly name: string;
  readonly metadata: string;
}

/** As the W3C RTCIceServer. */
export interface IceServer {
  readonly urls: readonly string[];
  readonly username?: string;
  readonly credential?: string;
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
    params: { readonly sdp: string; readonly tracks?: readonly { readonly mid: string; readonly trackId: string }[] };
    result: {
      /** The answer. */
      readonly sdp: string;
      /** What the server sends in which section. */
      readonly tracks: readonly { readonly mid: string; readonly trackId: string; readonly participantId: string }[];
    };
  };
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
    };
    result: { readonly track: TrackInfo };
  };
  unpublish: { params: { readonly trackId: string }; result: Record<string, never> };
  subscribe: { params: { readonly trackIds: readonly string[] }; result: Record<string, never> };
  unsubscribe: { params: { readonly trackIds: readonly string[] }; result: Record<string, never> };
  /** What the subscriber wants of a track it is subscribed to; `paused` stops the packets, not the subscription. */
  setLayers: { params: { readonly trackId: string; readonly paused: boolean }; result: Record<string, never> };
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
  | "tokenExpired"
  | "nodeShutdown";

export interface Notifications {
  participantJoined: { readonly participant: ParticipantInfo };
  participantLeft: { readonly participantId: string; readonly reason: LeaveReason };
  participantUpdated: { readonly participant: ParticipantInfo };
  trackPublished: { readonly participantId: string; readonly track: TrackInfo };
  trackUnpublished: { readonly participantId: string; readonly trackId: string };
  trackMuted: { readonly participantId: string; readonly trackId: string; readonly muted: boolean };
  /** How many receiving sections of each kind the client's next offer must have in total; it offers in any case. */
  negotiationNeeded: { readonly audio: number; readonly video: number };
  trickle: { readonly candidate: { readonly candidate: string; readonly sdpMid: string; readonly sdpMLineIndex: number } };
  signal: { readonly from: string; readonly type: SignalType; readonly data: string };
  data: { readonly from: string; readonly topic: string; readonly data: string };
  /** Who speaks now, loudest first; an empty list is silence. `level` 0–1. */
  activeSpeakers: { readonly speakers: readonly { readonly participantId: string; readonly level: number }[] };
  connectionQuality: {
    readonly participants: readonly { readonly participantId: string; readonly quality: ConnectionQuality }[];
  };
  /** What the server pauses or resumes of the client's subscriptions. */
  subscribedLayers: { readonly trackId: string; readonly paused: boolean };
  roomClosed: { readonly reason: LeaveReason };
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
