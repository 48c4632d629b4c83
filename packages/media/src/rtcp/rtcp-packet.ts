import type { Bye } from "./bye.js";
import type { ExtendedReport } from "./extended-report.js";
import type { Fir } from "./fir.js";
import type { Nack } from "./nack.js";
import type { Pli } from "./pli.js";
import type { ReceiverReport } from "./receiver-report.js";
import type { Remb } from "./remb.js";
import type { SenderReport } from "./sender-report.js";
import type { SourceDescription } from "./source-description.js";
import type { TransportFeedback } from "./transport-feedback.js";

/** A well-formed packet of a type or feedback format that nobody here reads: APP and the like. */
export interface UnknownRtcpPacket {
  readonly type: "unknown";
  readonly packetType: number;
  /** The 5-bit count, or feedback message type. */
  readonly count: number;
}

/** What can be sent. */
export type KnownRtcpPacket =
  | SenderReport
  | ReceiverReport
  | SourceDescription
  | Bye
  | Nack
  | Pli
  | Fir
  | Remb
  | ExtendedReport
  | TransportFeedback;

/** One packet of a compound. */
export type RtcpPacket = KnownRtcpPacket | UnknownRtcpPacket;
