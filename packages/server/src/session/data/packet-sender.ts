import type { Participant } from "../../room/participant.js";
import type { DataPacket } from "./packet/data-packet.js";
import type { PacketSender } from "./packet/forwarded-packet.js";

const NONE: Uint8Array = new Uint8Array();

/** The server's API, and whoever is hidden. */
export const ANONYMOUS: PacketSender = { identity: NONE, participantId: NONE };

/** [RM113] How LiveKit's clients are told who a packet is from. */
export function senderOf(participant: Participant | undefined): PacketSender {
  if (participant === undefined || participant.isHidden) return ANONYMOUS;
  return { identity: Buffer.from(participant.identity), participantId: Buffer.from(participant.participantId) };
}

/** The same of a packet of LiveKit's, in which an agent may speak for somebody else. */
export function senderOfPacket(participant: Participant | undefined, packet: DataPacket): PacketSender {
  const sender = senderOf(participant);
  const isOwn = isAgent(participant) && packet.value !== "user" && packet.participantIdentity.length > 0;
  return isOwn ? { ...sender, identity: packet.participantIdentity } : sender;
}

export function isAgent(participant: Participant | undefined): boolean {
  return participant !== undefined && (participant.permissions.isAgent || participant.kind === "agent");
}
