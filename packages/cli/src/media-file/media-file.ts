import type { MediaKind, Packetizer, RtpCodec } from "@sluice/media";

/** One picture, or one packet of audio. */
export interface MediaFrame {
  readonly data: Uint8Array;
  /** In RTP units from the start of the file. */
  readonly timestamp: number;
  /** Whether a decoder can start here. */
  readonly isKeyFrame: boolean;
}

/** Encoded media in memory, ready to be sent over and over by any number of participants. */
export interface MediaFile {
  readonly kind: MediaKind;
  /** As it stands in an offer, payload type included. */
  readonly codec: RtpCodec;
  /** At least one, in the order of decoding; timestamps grow. */
  readonly frames: readonly MediaFrame[];
  /** RTP units from the first frame to the moment at which it may follow the last one. */
  readonly duration: number;
  /** A new one for each participant: packetizers number pictures. */
  createPacketizer(): Packetizer;
}
