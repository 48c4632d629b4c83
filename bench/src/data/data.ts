import { randomBytes } from "node:crypto";
import { DataPacket, UserPacket } from "@livekit/protocol";
import { forwardPacket, parseDataPacket } from "@sluice/server/data-packet";
import { median, round } from "../summary.js";

const ROUNDS = 15;
/** Bytes that are forwarded per round: so many packets of each size. */
const BYTES_PER_ROUND = 8_000_000;
const SIZES_BYTES = [1_024, 15_360] as const;

/**
 * `npm run bench -- data`: what a node does to a LiveKit DataPacket once, however many get it: read, and written with its sender's name.
 * Beside it the same with the whole message decoded and encoded again by `@livekit/protocol`. They take turns in one run.
 */
export async function benchData(): Promise<void> {
  const identity = "a-participant";
  const participantId = "PA_x7Yq2mN4kB1c";
  const sender = { identity: Buffer.from(identity), participantId: Buffer.from(participantId) };
  for (const payloadBytes of SIZES_BYTES) {
    const value = new UserPacket({ payload: randomBytes(payloadBytes), topic: "chat" });
    const bytes = new DataPacket({ sequence: 77, value: { case: "user", value } }).toBinary();
    const patch = () => {
      const packet = parseDataPacket(bytes);
      return packet === undefined ? 0 : forwardPacket(packet, sender, true).length;
    };
    const decode = () => {
      const packet = DataPacket.fromBinary(bytes);
      packet.participantIdentity = identity;
      packet.participantSid = participantId;
      if (packet.value.case === "user") {
        packet.value.value.participantIdentity = identity;
        packet.value.value.participantSid = participantId;
      }
      return packet.toBinary().length;
    };
    if (patch() !== decode()) throw new Error("the two ways do not write the same");
    const count = Math.ceil(BYTES_PER_ROUND / payloadBytes);
    const [patchUs, decodeUs]: [number[], number[]] = [[], []];
    for (let index = 0; index < ROUNDS + 3; index++) {
      const [patched, decoded] = [timeUs(patch, count), timeUs(decode, count)];
      // The first rounds warm V8 up and do not count.
      if (index < 3) continue;
      patchUs.push(patched);
      decodeUs.push(decoded);
    }
    const report = {
      bench: "data",
      payloadBytes,
      packetBytes: bytes.length,
      forwardUs: round(median(patchUs), 2),
      decodeAndEncodeUs: round(median(decodeUs), 2),
    };
    console.log(JSON.stringify(report));
  }
}

/** Of one call, µs. */
function timeUs(run: () => number, count: number): number {
  let checksum = 0;
  const start = performance.now();
  for (let index = 0; index < count; index++) checksum += run();
  const passedMs = performance.now() - start;
  if (checksum === 0) throw new Error("nothing was forwarded");
  return (passedMs * 1000) / count;
}
