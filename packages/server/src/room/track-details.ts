/** What a publisher or the negotiation says about a track beyond what the room needs to know of it. */
export interface TrackDetails {
  /** Of a video, pixels; 0: as its largest layer. */
  readonly width: number;
  readonly height: number;
  /** Tracks of one participant with the same name are played in sync; empty: by their source. */
  readonly stream: string;
  /** LiveKit's Encryption.Type: none, GCM, or the application's own way. */
  readonly encryption: 0 | 1 | 2;
  /** What the publisher means to send, by its SDP name ("VP9"); empty: as its offer has it. */
  readonly wishedCodec: string;
  readonly isDtxDisabled: boolean;
  readonly isStereo: boolean;
  readonly isRedDisabled: boolean;
  /** LiveKit's AudioTrackFeature. */
  readonly audioFeatures: readonly number[];
  /** LiveKit's BackupCodecPolicy. */
  readonly backupCodecPolicy: number;
  /** LiveKit's PacketTrailerFeature. */
  readonly packetTrailerFeatures: readonly number[];
  /** What is sent, the preferred codec first; empty until it is agreed. */
  readonly codecs: readonly TrackCodec[];
}

export interface TrackCodec {
  /** For example "video/VP8". */
  readonly mimeType: string;
  /** Of the publisher's section. */
  readonly mid: string;
  /** The publisher's own name for what it sends in this codec. */
  readonly cid: string;
}

export const DEFAULT_TRACK_DETAILS: TrackDetails = {
  width: 0,
  height: 0,
  stream: "",
  encryption: 0,
  wishedCodec: "",
  // LiveKit's clients ask to be told to stop in silence, ours decide by themselves.
  isDtxDisabled: true,
  isStereo: false,
  isRedDisabled: false,
  audioFeatures: [],
  backupCodecPolicy: 0,
  packetTrailerFeatures: [],
  codecs: [],
};

/** With what `changes` says; the same object when nothing changes by it. */
export function changeTrackDetails(details: TrackDetails, changes: Partial<TrackDetails>): TrackDetails {
  const changed = { ...details, ...changes };
  return JSON.stringify(changed) === JSON.stringify(details) ? details : changed;
}
