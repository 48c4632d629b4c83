/**
 * The cipher suites behind SrtpSender and SrtpReceiver: what one packet needs once its index is known. They hold keys and
 * nothing else; indexes, replay windows and limits are their owner's.
 */
export interface PacketProtector {
  /** By how much a packet grows. */
  readonly rtpOverheadBytes: number;
  readonly rtcpOverheadBytes: number;
  /** See SrtpSender.protectRtp. */
  protectRtp(
    destination: number,
    headerBytes: number,
    payload: number,
    payloadBytes: number,
    ssrc: number,
    index: number,
  ): number;
  /** See SrtpSender.protectRtcp. */
  protectRtcp(offset: number, sizeBytes: number, index: number): number;
  close(): void;
}

export interface PacketUnprotector {
  /** By how much a packet shrinks. */
  readonly rtpOverheadBytes: number;
  readonly rtcpOverheadBytes: number;
  /** How far from its end an SRTCP packet holds the word with the E flag and the index. */
  readonly rtcpIndexFromEnd: number;
  /** Checks and decrypts in place; false when the tag is wrong. `sizeBytes` with the tag, at least header and tag. */
  unprotectRtp(offset: number, sizeBytes: number, headerBytes: number, ssrc: number, index: number): boolean;
  /** The same for SRTCP; `sizeBytes` is at least 8 + {@link rtcpOverheadBytes}. */
  unprotectRtcp(offset: number, sizeBytes: number, ssrc: number, index: number): boolean;
  close(): void;
}
