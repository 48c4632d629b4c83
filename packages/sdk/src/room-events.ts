import type { ConnectionQuality, LeaveReason, RoomInfo, SignalType, SluiceError } from "@sluice/protocol";
import type { ConnectionState } from "./connection-state.js";
import type { LocalParticipant } from "./local-participant.js";
import type { LocalTrack } from "./local-track.js";
import type { RemoteParticipant, RemoteTrack } from "./remote-participant.js";

export interface Speaker {
  readonly participantId: string;
  /** 0–1 */
  readonly level: number;
}

export interface ParticipantQuality {
  readonly participantId: string;
  readonly quality: ConnectionQuality;
}

export interface DataMessage {
  /** Participant id of the sender, or the room's id: the server's API said it, or somebody hidden. */
  readonly from: string;
  /** Empty when the sender gave none. */
  readonly topic: string;
  readonly data: Uint8Array;
}

export interface SignalMessage {
  readonly from: string;
  readonly type: SignalType;
  readonly data: string;
}

/** Every event of a Room with what its listeners get. */
export interface RoomEvents {
  participantJoined: [participant: RemoteParticipant];
  participantLeft: [participant: RemoteParticipant, reason: LeaveReason];
  participantUpdated: [participant: RemoteParticipant];
  /** Our own name, metadata, attributes or permissions. */
  localParticipantUpdated: [participant: LocalParticipant];
  /** Its metadata, or how many are in it. */
  roomUpdated: [room: RoomInfo];
  /** The server has moved us: the room is this one now, with other participants; our tracks are published there again. */
  moved: [room: RoomInfo];
  trackPublished: [track: RemoteTrack];
  trackUnpublished: [track: RemoteTrack];
  trackSubscribed: [track: RemoteTrack, mediaStreamTrack: MediaStreamTrack];
  trackUnsubscribed: [track: RemoteTrack, mediaStreamTrack: MediaStreamTrack];
  /** Muted or unmuted, own tracks included (an admin may mute them). */
  trackMuted: [track: RemoteTrack | LocalTrack];
  /** Its packets stopped or flow again, because we wanted it so. */
  trackPaused: [track: RemoteTrack];
  /** Which layers of it we are sent, or that our connection does not carry it (`track.starved`). */
  trackLayersChanged: [track: RemoteTrack];
  /** Its publisher does not let us receive it, or does so again (`track.allowed`). */
  trackPermissionChanged: [track: RemoteTrack];
  localTrackPublished: [track: LocalTrack];
  /** Somebody receives it: the first one. */
  localTrackSubscribed: [track: LocalTrack];
  /** Also when the device went away, the browser's own "stop sharing" was pressed, or we may not publish it any more. */
  localTrackUnpublished: [track: LocalTrack];
  /**
   * Loudest first, own participant included; empty is silence. `dominant`: participant id of whom the picture should follow,
   * which changes less often; null before anybody has spoken.
   */
  activeSpeakers: [speakers: readonly Speaker[], dominant: string | null];
  connectionQuality: [participants: readonly ParticipantQuality[]];
  data: [message: DataMessage];
  signal: [message: SignalMessage];
  connectionStateChanged: [state: ConnectionState];
  /** Something went wrong that no call of yours is waiting for, such as a negotiation the server asked for. */
  error: [error: SluiceError];
}
