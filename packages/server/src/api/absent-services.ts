/** Services of LiveKit's that need programs which this node is none of: recording, ingest, telephony. */
export const ABSENT_SERVICES: ReadonlySet<string> = new Set([
  "AgentSimulation",
  "CloudAgent",
  "Connector",
  "Egress",
  "Ingress",
  "PhoneNumberService",
  "SIP",
]);
