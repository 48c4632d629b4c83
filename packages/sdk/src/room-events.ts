import type { ConnectionQuality, LeaveReason, SignalType, SluiceError } from "@sluice/protocol";
import type { ConnectionState } from "./connection-state.js";
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
  /** Participant id of the sender. */
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
  trackPublished: [track: RemoteTrack];
  trackUnpublished: [track: RemoteTrack];
  trackSubscribed: [track: RemoteTrack, mediaStreamTrack: MediaStreamTrack];
  trackUnsubscribed: [track: RemoteTrack, mediaStreamTrack: MediaStreamTrack];
  /** Muted or unmuted, own tracks included (an admin may mute them). */
  trackMuted: [track: RemoteTrack | LocalTrack];
  /** Its packets stopped or flow again. */
  trackPaused: [track: RemoteTrack];
  localTrackPublished: [track: LocalTrack];
  /** Also when the device went away or the browser's own "stop sharing" was pressed. */
  localTrackUnpublished: [track: LocalTrack];
  /** Loudest first, own participant included; empty is silence. */
  activeSpeakers: [speakers: readonly Speaker[]];
  connectionQuality: [participants: readonly ParticipantQuality[]];
  data: [message: DataMessage];
  signal: [message: SignalMessage];
  connectionStateChanged: [state: ConnectionState];
  /** Something went wrong that no call of yours is waiting for, such as a negotiation the server asked for. */
  error: [error: SluiceError];
}
