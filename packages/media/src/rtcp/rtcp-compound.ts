import { parseBye, serializeBye } from "./bye.js";
import { parseExtendedReport, serializeExtendedReport } from "./extended-report.js";
import { parseFir, serializeFir } from "./fir.js";
import { parseNack, serializeNack } from "./nack.js";
import { parsePli, serializePli } from "./pli.js";
import { parseReceiverReport, serializeReceiverReport } from "./receiver-report.js";
import { isRemb, parseRemb, serializeRemb } from "./remb.js";
import type { KnownRtcpPacket, RtcpPacket } from "./rtcp-packet.js";
import {
  PAYLOAD_SPECIFIC_FORMAT,
  parseSection,
  RTCP_PACKET_TYPE,
  type RtcpSection,
  sectionBytes,
  TRANSPORT_LAYER_FORMAT,
} from "./rtcp-section.js";
import { parseSenderReport, serializeSenderReport } from "./sender-report.js";
import { parseSourceDescription, serializeSourceDescription } from "./source-description.js";
import { MAX_TRANSPORT_FEEDBACK_STATUSES, parseTransportFeedback, serializeTransportFeedback } from "./transport-feedback.js";

/** Packets that one compound may hold. A browser sends fewer than ten. */
export const MAX_COMPOUND_PACKETS = 64;

/**
 * Reads a whole compound (RFC 3550 §6.1), reduced-size ones (RFC 5506) too: no order is asked for and no first packet.
 * Undefined when any packet of it is malformed, when lengths do not add up, or beyond {@link MAX_COMPOUND_PACKETS}
 * or, over all transport feedback in it, {@link MAX_TRANSPORT_FEEDBACK_STATUSES}.
 */
export function parseRtcp(bytes: Uint8Array): readonly RtcpPacket[] | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const packets: RtcpPacket[] = [];
  let statuses = 0;
  let offset = 0;
  while (offset < view.byteLength) {
    if (packets.length === MAX_COMPOUND_PACKETS) return undefined;
    const section = parseSection(view, offset);
    const packet = section && parsePacket(section);
    if (packet === undefined) return undefined;
    // In 24 bytes each of them may speak of thousands.
    if (packet.type === "transportFeedback") statuses += packet.arrivals.length;
    if (statuses > MAX_TRANSPORT_FEEDBACK_STATUSES) return undefined;
    packets.push(packet);
    offset += sectionBytes(view, offset);
  }
  return packets.length === 0 ? undefined : packets;
}

/** A compound of these packets, in this order. Throws RangeError when one of them is larger than its format allows. */
export function serializeRtcp(packets: readonly KnownRtcpPacket[]): Uint8Array {
  const parts = packets.map(serializePacket);
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}

function parsePacket(section: RtcpSection): RtcpPacket | undefined {
  switch (section.packetType) {
    case RTCP_PACKET_TYPE.senderReport:
      return parseSenderReport(section);
    case RTCP_PACKET_TYPE.receiverReport:
      return parseReceiverReport(section);
    case RTCP_PACKET_TYPE.sourceDescription:
      return parseSourceDescription(section);
    case RTCP_PACKET_TYPE.bye:
      return parseBye(section);
    case RTCP_PACKET_TYPE.transportLayerFeedback:
      if (section.count === TRANSPORT_LAYER_FORMAT.nack) return parseNack(section);
      if (section.count === TRANSPORT_LAYER_FORMAT.transportFeedback) return parseTransportFeedback(section);
      break;
    case RTCP_PACKET_TYPE.payloadSpecificFeedback:
      if (section.count === PAYLOAD_SPECIFIC_FORMAT.pli) return parsePli(section);
      if (section.count === PAYLOAD_SPECIFIC_FORMAT.fir) return parseFir(section);
      if (section.count === PAYLOAD_SPECIFIC_FORMAT.applicationLayer && isRemb(section)) return parseRemb(section);
      break;
    case RTCP_PACKET_TYPE.extendedReport:
      return parseExtendedReport(section);
  }
  return { type: "unknown", packetType: section.packetType, count: section.count };
}

function serializePacket(packet: KnownRtcpPacket): Uint8Array {
  switch (packet.type) {
    case "senderReport":
      return serializeSenderReport(packet);
    case "receiverReport":
      return serializeReceiverReport(packet);
    case "sourceDescription":
      return serializeSourceDescription(packet);
    case "bye":
      return serializeBye(packet);
    case "nack":
      return serializeNack(packet);
    case "pli":
      return serializePli(packet);
    case "fir":
      return serializeFir(packet);
    case "remb":
      return serializeRemb(packet);
    case "extendedReport":
      return serializeExtendedReport(packet);
    case "transportFeedback":
      return serializeTransportFeedback(packet);
  }
}
