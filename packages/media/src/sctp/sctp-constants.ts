import { MAX_DATA_MESSAGE_BYTES } from "./sctp-limits.js";
import { COMMON_HEADER_BYTES, DATA_HEADER_BYTES } from "./wire/chunk.js";

/** Every time and limit of an association, in one place. Tests and owners override single ones. */
export interface SctpConstants {
  /**
   * Largest packet, bytes; default 1,188, range 576–1,400, a multiple of 4. libwebrtc has 1,191: with 37 bytes of DTLS record, 8
   * of UDP and 40 of IPv6 around it, it passes a path of 1,280.
   */
  readonly maxPacketBytes: number;
  /** Largest message in either direction, bytes; default 262,144. */
  readonly maxMessageBytes: number;
  /** Streams that we ask for and allow, each way; default 1,024, range 2–65,535. */
  readonly maxStreams: number;
  /** Bytes of reliable messages that wait or are under way; default 1 MiB. `send` refuses beyond. As pion and dcsctp have it. */
  readonly sendBufferBytes: number;
  /** The same for messages that may be lost; default 320 KiB: the oldest waiting one makes room, for it is of least use. */
  readonly lossyBufferBytes: number;
  /** Bytes that a peer may make us hold: our a_rwnd; default 1 MiB. Must hold the largest message several times. */
  readonly receiveBufferBytes: number;
  /** What a message or fragment costs beyond its bytes, so that a million empty ones do not fit; bytes, default 64. */
  readonly messageOverheadBytes: number;
  /** Ranges of TSNs that may arrive behind a gap; default 512, range 16–4,096. A chunk that would make one more is dropped. */
  readonly maxGapRanges: number;

  /** RTO.Initial, ms; default 500 as dcsctp. RFC 9260 §16 has 1,000. */
  readonly initialRtoMs: number;
  /** RTO.Min, ms; default 300. RFC 9260 §16 has 1,000, dcsctp 400, libdatachannel 200. */
  readonly minRtoMs: number;
  /** RTO.Max, ms; default 3,000. RFC 9260 §16 has 60,000; libwebrtc backs off no further than 3,000. */
  readonly maxRtoMs: number;
  /**
   * Least that the RTO lies above the round trip, ms; default 100. Without it a steady path and a delayed SACK time out (dcsctp: 220,
   * for SACKs delayed by 200).
   */
  readonly rtoMarginMs: number;
  /** SACK.Delay, ms; default 40, as Linux delays TCP's; range 0–500. RFC 9260 §16 has 200. */
  readonly sackDelayMs: number;
  /** HB.interval, ms; default 30,000. RFC 9260 §16. */
  readonly heartbeatIntervalMs: number;
  /** Association.Max.Retrans; default 16: with the RTO's limit about 45 s, so that ICE consent decides first. RFC 9260 §16 has 10. */
  readonly maxRetransmits: number;
  /** Max.Init.Retransmits; default 20, about a minute: the peer may still wait for its description. RFC 9260 §16 has 8. */
  readonly maxInitRetransmits: number;
  /** Valid.Cookie.Life, ms; default 60,000. RFC 9260 §16. */
  readonly cookieLifetimeMs: number;
  /** INITs, cookies and strays answered a second, and at once; the rest is dropped. Default 10 and 20; an honest peer needs 2. */
  readonly handshakesPerSecond: number;
  readonly handshakeBurst: number;

  /** Initial congestion window, packets; default 10 as dcsctp and TCP (RFC 6928). RFC 9260 §7.2.1 has 4. */
  readonly initialWindowPackets: number;
  /** Smallest congestion window after a fast retransmission, packets; default 4. RFC 9260 §7.2.3. */
  readonly minWindowPackets: number;
  /** Miss indications before a fast retransmission; default 3. RFC 9260 §7.2.4. */
  readonly missesUntilLost: number;
}

export const SCTP_CONSTANTS: SctpConstants = {
  maxPacketBytes: 1188,
  maxMessageBytes: MAX_DATA_MESSAGE_BYTES,
  maxStreams: 1024,
  sendBufferBytes: 1_048_576,
  lossyBufferBytes: 327_680,
  receiveBufferBytes: 1_048_576,
  messageOverheadBytes: 64,
  maxGapRanges: 512,
  initialRtoMs: 500,
  minRtoMs: 300,
  maxRtoMs: 3000,
  rtoMarginMs: 100,
  sackDelayMs: 40,
  heartbeatIntervalMs: 30_000,
  maxRetransmits: 16,
  maxInitRetransmits: 20,
  cookieLifetimeMs: 60_000,
  handshakesPerSecond: 10,
  handshakeBurst: 20,
  initialWindowPackets: 10,
  minWindowPackets: 4,
  missesUntilLost: 3,
};

/** PMDCS of RFC 9260: the payload of a packet with one DATA chunk, bytes. */
export function maxFragmentBytes({ maxPacketBytes }: SctpConstants): number {
  return maxPacketBytes - COMMON_HEADER_BYTES - DATA_HEADER_BYTES;
}

/** Answers (INIT ACK, ABORT, …) that wait to be polled; more are dropped. */
export const MAX_WAITING_PACKETS = 16;

/** Control chunks that wait for a packet; more are dropped. */
export const MAX_WAITING_CHUNKS = 32;
