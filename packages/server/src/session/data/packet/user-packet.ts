import { forwardPacket, type PacketSender } from "./forwarded-packet.js";
import { bytesFieldBytes, MessageWriter, varintFieldBytes } from "./message-writer.js";
import { PACKET_FIELDS, USER_FIELDS } from "./packet-fields.js";

/** What the node says in LiveKit's words itself, for a sender who does not. */
export interface UserMessage {
  readonly payload: Uint8Array;
  readonly topic: string;
  /** 0: not counted. */
  readonly sequence: number;
  /** Tells two copies of one message apart from two messages; empty: none. */
  readonly nonce?: Uint8Array;
}

/** A `livekit.DataPacket` of kind `user`. */
export function createUserPacket(
  { payload, topic, sequence, nonce }: UserMessage,
  sender: PacketSender,
  isReliable: boolean,
): Uint8Array<ArrayBuffer> {
  const topicBytes = Buffer.from(topic);
  const kept = [lengthOf(USER_FIELDS.payload, payload), payload];
  if (topicBytes.length > 0) kept.push(lengthOf(USER_FIELDS.topic, topicBytes), topicBytes);
  if (nonce !== undefined && nonce.length > 0) kept.push(lengthOf(USER_FIELDS.nonce, nonce), nonce);
  const packet = {
    value: "user" as const,
    sequence,
    participantIdentity: sender.identity,
    destinationIdentities: [],
    user: { payload, topic: topicBytes, destinationIds: [], kept },
    kept: sequence === 0 ? [] : [sequencePart(sequence)],
  };
  return forwardPacket(packet, sender, isReliable);
}

/** What stands before the content of a field. */
function lengthOf(field: number, content: Uint8Array): Uint8Array {
  const writer = new MessageWriter(bytesFieldBytes(field, content.length) - content.length);
  writer.beginBytes(field, content.length);
  return writer.bytes;
}

function sequencePart(sequence: number): Uint8Array {
  const writer = new MessageWriter(varintFieldBytes(PACKET_FIELDS.sequence, sequence));
  writer.varintField(PACKET_FIELDS.sequence, sequence);
  return writer.bytes;
}
