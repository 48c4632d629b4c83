import { DataPacket, DataPacket_Kind, UserPacket } from "@livekit/protocol";
import { type DataFormat, type ServerDataMessage, SluiceError } from "@sluice/protocol";
import type { LiveKitSession } from "./livekit-session.js";

/** Of one message, bytes: a packet of LiveKit's clients has at most 64,000 with what stands around it. */
const MAX_PAYLOAD_BYTES = 62_000;

/** Data messages as LiveKit has them: a `DataPacket` each, the reliable ones numbered, their receivers named by identity. */
export function liveKitDataFormat(session: LiveKitSession): DataFormat {
  return {
    serialize({ topic, to }, payload, kind) {
      const destinationIdentities = to === undefined ? [] : identitiesOf(session, to);
      const user = new UserPacket({
        payload: new Uint8Array(payload),
        destinationIdentities,
        ...(topic === undefined ? {} : { topic }),
      });
      const packet = new DataPacket({
        kind: kind === "reliable" ? DataPacket_Kind.RELIABLE : DataPacket_Kind.LOSSY,
        destinationIdentities,
        value: { case: "user", value: user },
      });
      if (payload.length > MAX_PAYLOAD_BYTES) {
        throw new SluiceError(
          "invalidArgument",
          `data has ${payload.length} bytes, the limit of a LiveKit door is ${MAX_PAYLOAD_BYTES}`,
        );
      }
      if (kind === "reliable") packet.sequence = session.nextSequence();
      return new Uint8Array(packet.toBinary());
    },
    parse: (bytes) => parse(session, bytes),
  };
}

/** Nobody must not become everybody. */
function identitiesOf({ roster }: LiveKitSession, participantIds: readonly string[]): string[] {
  const identities = participantIds.flatMap((participantId) => roster.get(participantId)?.identity ?? []);
  if (identities.length > 0) return identities;
  throw new SluiceError("notFound", "none of the receivers is in the room");
}

function parse({ receivedSequences }: LiveKitSession, bytes: Uint8Array): ServerDataMessage | undefined {
  const packet = parsePacket(bytes);
  if (packet?.value.case !== "user") return undefined;
  const { participantSid, sequence } = packet;
  const { topic = "", payload } = packet.value.value;
  // What a server sends again after a resume has been here before.
  if (sequence > 0 && sequence <= (receivedSequences.get(participantSid) ?? 0)) return undefined;
  if (sequence > 0) receivedSequences.set(participantSid, sequence);
  return { header: { from: participantSid, topic }, payload };
}

function parsePacket(bytes: Uint8Array): DataPacket | undefined {
  try {
    return DataPacket.fromBinary(bytes);
  } catch {
    return undefined; // Of a sender that speaks something else.
  }
}
