import type { DataPacket, UserContent } from "./data-packet.js";
import { bytesFieldBytes, MessageWriter, varintFieldBytes } from "./message-writer.js";
import { LOSSY_KIND, PACKET_FIELDS, USER_FIELDS, VALUE_FIELDS } from "./packet-fields.js";

/** Who a packet is from, in UTF-8; both empty for a hidden participant and for the server's API. */
export interface PacketSender {
  readonly identity: Uint8Array;
  readonly participantId: Uint8Array;
}

/**
 * A packet as its receivers get it: the node's word for who it is from, of which kind (the channel that it came by says it), and, in both
 * places where clients look, for whom; everything else byte by byte as it came, fields that the node does not know included.
 */
export function forwardPacket(packet: DataPacket, sender: PacketSender, isReliable: boolean): Uint8Array<ArrayBuffer> {
  const { destinationIdentities, kept, user } = packet;
  const userBytes = user === undefined ? 0 : userSize(user, sender, destinationIdentities);
  const writer = new MessageWriter(
    (isReliable ? 0 : varintFieldBytes(PACKET_FIELDS.kind, LOSSY_KIND)) +
      optionalBytes(PACKET_FIELDS.participantIdentity, sender.identity) +
      listBytes(PACKET_FIELDS.destinationIdentities, destinationIdentities) +
      totalBytes(kept) +
      (user === undefined ? 0 : bytesFieldBytes(VALUE_FIELDS.user, userBytes)) +
      optionalBytes(PACKET_FIELDS.participantSid, sender.participantId),
  );
  if (!isReliable) writer.varintField(PACKET_FIELDS.kind, LOSSY_KIND);
  writeOptional(writer, PACKET_FIELDS.participantIdentity, sender.identity);
  for (const identity of destinationIdentities) writer.bytesField(PACKET_FIELDS.destinationIdentities, identity);
  for (const part of kept) writer.raw(part);
  if (user !== undefined) {
    writer.beginBytes(VALUE_FIELDS.user, userBytes);
    writeOptional(writer, USER_FIELDS.participantSid, sender.participantId);
    for (const part of user.kept) writer.raw(part);
    writeOptional(writer, USER_FIELDS.participantIdentity, sender.identity);
    for (const identity of destinationIdentities) writer.bytesField(USER_FIELDS.destinationIdentities, identity);
  }
  writeOptional(writer, PACKET_FIELDS.participantSid, sender.participantId);
  return writer.bytes;
}

function userSize(user: UserContent, sender: PacketSender, destinationIdentities: readonly Uint8Array[]): number {
  return (
    optionalBytes(USER_FIELDS.participantSid, sender.participantId) +
    totalBytes(user.kept) +
    optionalBytes(USER_FIELDS.participantIdentity, sender.identity) +
    listBytes(USER_FIELDS.destinationIdentities, destinationIdentities)
  );
}

function totalBytes(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, part) => sum + part.length, 0);
}

function listBytes(field: number, contents: readonly Uint8Array[]): number {
  return contents.reduce((sum, content) => sum + bytesFieldBytes(field, content.length), 0);
}

/** An empty text is not written (proto3). */
function optionalBytes(field: number, content: Uint8Array): number {
  return content.length === 0 ? 0 : bytesFieldBytes(field, content.length);
}

function writeOptional(writer: MessageWriter, field: number, content: Uint8Array): void {
  if (content.length > 0) writer.bytesField(field, content);
}
