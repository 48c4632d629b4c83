/** SCTP chunks as typed values (RFC 9260 §3.3, RFC 3758 §3.2, RFC 6525 §3.1). Numbers are as on the wire; bytes are views. */
import type { ReConfigParameter } from "./re-config-chunk.js";

export const CHUNK = {
  data: 0,
  init: 1,
  initAck: 2,
  sack: 3,
  heartbeat: 4,
  heartbeatAck: 5,
  abort: 6,
  shutdown: 7,
  shutdownAck: 8,
  error: 9,
  cookieEcho: 10,
  cookieAck: 11,
  shutdownComplete: 14,
  reConfig: 130,
  forwardTsn: 192,
} as const;

/** Ports, verification tag, checksum. */
export const COMMON_HEADER_BYTES = 12;

/** Chunk type, flags and length before every chunk. */
export const CHUNK_HEADER_BYTES = 4;

/** Chunk header, TSN, stream id and sequence number, payload protocol. */
export const DATA_HEADER_BYTES = 16;

export interface DataChunk {
  readonly type: "data";
  readonly tsn: number;
  readonly streamId: number;
  readonly ssn: number;
  readonly ppid: number;
  readonly isUnordered: boolean;
  readonly isBeginning: boolean;
  readonly isEnding: boolean;
  /** The sender wants a SACK at once (the I bit). */
  readonly isImmediate: boolean;
  readonly payload: Uint8Array;
}

export interface InitChunk {
  readonly type: "init" | "initAck";
  readonly initiateTag: number;
  readonly windowBytes: number;
  readonly outboundStreams: number;
  readonly inboundStreams: number;
  readonly initialTsn: number;
  /** In an INIT ACK. */
  readonly cookie: Uint8Array | undefined;
  readonly hasForwardTsn: boolean;
  readonly hasReConfig: boolean;
  /** Whole parameters that are to be reported back, padded; bounded. */
  readonly unrecognized: readonly Uint8Array[];
}

export interface SackChunk {
  readonly type: "sack";
  readonly cumulativeTsn: number;
  readonly windowBytes: number;
  /** First and last TSN of each block that arrived behind a gap, as offsets from the cumulative TSN: start, end, start, end… */
  readonly gaps: readonly number[];
  /** Entries of the list of duplicates. */
  readonly duplicates: number;
}

export interface ForwardTsnChunk {
  readonly type: "forwardTsn";
  readonly cumulativeTsn: number;
  /** The last message that was given up on each ordered stream. */
  readonly streams: readonly { readonly streamId: number; readonly ssn: number }[];
}

export interface ReConfigChunk {
  readonly type: "reConfig";
  readonly parameters: readonly ReConfigParameter[];
}

/** `isTagReflected`: the T bit, the verification tag is the sender's own. */
export interface TerminatingChunk<Type extends "abort" | "shutdownComplete"> {
  readonly type: Type;
  readonly isTagReflected: boolean;
}

export interface BytesChunk<Type extends "heartbeat" | "heartbeatAck" | "cookieEcho"> {
  readonly type: Type;
  readonly bytes: Uint8Array;
}

export interface ErrorChunk {
  readonly type: "error";
  readonly causes: readonly number[];
}

export interface UnknownChunk {
  readonly type: "unknown";
  /** Upper two bits of the type say what is done with it (RFC 9260 §3.2). */
  readonly isSkipped: boolean;
  readonly isReported: boolean;
  readonly bytes: Uint8Array;
}

export type Chunk =
  | DataChunk
  | InitChunk
  | SackChunk
  | ForwardTsnChunk
  | ReConfigChunk
  | TerminatingChunk<"abort">
  | TerminatingChunk<"shutdownComplete">
  | BytesChunk<"heartbeat">
  | BytesChunk<"heartbeatAck">
  | BytesChunk<"cookieEcho">
  | ErrorChunk
  | { readonly type: "shutdown"; readonly cumulativeTsn: number }
  | { readonly type: "shutdownAck" }
  | { readonly type: "cookieAck" }
  | UnknownChunk;

/** Causes of ERROR and ABORT (RFC 9260 §3.3.10). */
export const CAUSE = {
  invalidStream: 1,
  staleCookie: 3,
  outOfResource: 4,
  unrecognizedChunk: 6,
  noUserData: 9,
  userAbort: 12,
  protocolViolation: 13,
} as const;
