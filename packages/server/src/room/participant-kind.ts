import type { ParticipantKind } from "@sluice/protocol";

/** What a participant that is here from another room has among its details [RM90]; LiveKit's KindDetail FORWARDED. */
export const FORWARDED = "forwarded";

const KINDS: ReadonlySet<string> = new Set<ParticipantKind>([
  "standard",
  "ingress",
  "egress",
  "sip",
  "agent",
  "connector",
  "bridge",
]);

/** As a token's `kind` says; what we do not know takes part like everybody else. */
export function participantKind(claim: string | undefined): ParticipantKind {
  const kind = claim?.toLowerCase() ?? "";
  return KINDS.has(kind) ? (kind as ParticipantKind) : "standard";
}
