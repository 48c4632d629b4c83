/** What both sides agreed on in the handshake; from our point of view. */
export interface AssociationParameters {
  readonly localTag: number;
  readonly localInitialTsn: number;
  readonly peerTag: number;
  readonly peerInitialTsn: number;
  /** The peer's a_rwnd before it has received anything. */
  readonly peerWindowBytes: number;
  /** Streams we may send on: the smaller of what we asked for and the peer allows. */
  readonly outboundStreams: number;
  readonly inboundStreams: number;
  /** Without it every message of ours is sent until it arrives (RFC 3758). */
  readonly hasForwardTsn: boolean;
  /** Without it streams cannot be reset (RFC 6525). */
  readonly hasReConfig: boolean;
}
