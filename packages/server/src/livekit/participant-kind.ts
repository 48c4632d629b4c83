import { ParticipantInfo_Kind, ParticipantInfo_KindDetail } from "@livekit/protocol";
import type { ParticipantKind } from "@sluice/protocol";

export const LIVEKIT_KINDS: { readonly [K in ParticipantKind]: ParticipantInfo_Kind } = {
  standard: ParticipantInfo_Kind.STANDARD,
  ingress: ParticipantInfo_Kind.INGRESS,
  egress: ParticipantInfo_Kind.EGRESS,
  sip: ParticipantInfo_Kind.SIP,
  agent: ParticipantInfo_Kind.AGENT,
  connector: ParticipantInfo_Kind.CONNECTOR,
  bridge: ParticipantInfo_Kind.BRIDGE,
};

/** As tokens spell them. */
const KIND_DETAILS: ReadonlyMap<string, ParticipantInfo_KindDetail> = new Map([
  ["cloud_agent", ParticipantInfo_KindDetail.CLOUD_AGENT],
  ["forwarded", ParticipantInfo_KindDetail.FORWARDED],
  ["connector_whatsapp", ParticipantInfo_KindDetail.CONNECTOR_WHATSAPP],
  ["connector_twilio", ParticipantInfo_KindDetail.CONNECTOR_TWILIO],
  ["bridge_rtsp", ParticipantInfo_KindDetail.BRIDGE_RTSP],
  ["simulation", ParticipantInfo_KindDetail.SIMULATION],
]);

/** What a token says of its bearer's kind in detail; what LiveKit has no number for is left out. */
export function liveKitKindDetails(details: readonly string[]): ParticipantInfo_KindDetail[] {
  return details.flatMap((detail) => KIND_DETAILS.get(detail.toLowerCase()) ?? []);
}
