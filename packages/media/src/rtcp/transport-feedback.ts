import { CHUNK_BYTES, PACKET_STATUS, type PacketStatus, packChunks, readChunk } from "./packet-status-chunk.js";
import { createSection, RTCP_PACKET_TYPE, type RtcpSection, TRANSPORT_LAYER_FORMAT } from "./rtcp-section.js";

const FIXED_BYTES = 16;

/** Unit of arrivals: microseconds. */
export const TRANSPORT_FEEDBACK_TICK_US = 250;

/** Unit of the reference time: microseconds. */
export const TRANSPORT_FEEDBACK_REFERENCE_US = 64_000;

/** Packets that the feedback in one compound may speak of: 8 s of 1000 packets/s. The wire allows 65535 in 20 bytes, which is an attack. */
export const MAX_TRANSPORT_FEEDBACK_STATUSES = 8192;

/** Scratch: of the feedback that is being read. It comes ten times a second from every receiver. */
const statuses = new Uint8Array(MAX_TRANSPORT_FEEDBACK_STATUSES);

/** Transport-wide congestion control feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01 §3.1). */
export interface TransportFeedback {
  readonly type: "transportFeedback";
  readonly senderSsrc: number;
  readonly mediaSsrc: number;
  /** Transport-wide sequence number of the first packet, 16 bits. */
  readonly baseSequenceNumber: number;
  /** Signed 24 bits, in units of 64 ms on the reporter's own clock. */
  readonly referenceTime: number;
  /** Of this feedback packet, 8 bits. */
  readonly feedbackPacketCount: number;
  /**
   * For each packet from {@link baseSequenceNumber} on when it came, in ticks of 250 µs after the reference time; undefined
   * when it did not come. 1 to {@link MAX_TRANSPORT_FEEDBACK_STATUSES}.
   */
  readonly arrivals: readonly (number | undefined)[];
}

export function parseTransportFeedback({ body }: RtcpSection): TransportFeedback | undefined {
  if (body.byteLength < FIXED_BYTES) return undefined;
  const statusCount = body.getUint16(10);
  if (statusCount === 0 || statusCount > MAX_TRANSPORT_FEEDBACK_STATUSES) return undefined;
  let offset = FIXED_BYTES;
  let count = 0;
  while (count < statusCount) {
    if (offset + CHUNK_BYTES > body.byteLength) return undefined;
    count = readChunk(body.getUint16(offset), statuses, count, statusCount);
    if (count < 0) return undefined;
    offset += CHUNK_BYTES;
  }

  const arrivals = new Array<number | undefined>(statusCount);
  let arrival = 0;
  for (let index = 0; index < statusCount; index++) {
    const status = statuses[index] as PacketStatus;
    if (offset + status > body.byteLength) return undefined;
    if (status === PACKET_STATUS.notReceived) {
      arrivals[index] = undefined;
      continue;
    }
    arrival += status === PACKET_STATUS.smallDelta ? body.getUint8(offset) : body.getInt16(offset);
    arrivals[index] = arrival;
    offset += status;
  }
  return {
    type: "transportFeedback",
    senderSsrc: body.getUint32(0),
    mediaSsrc: body.getUint32(4),
    baseSequenceNumber: body.getUint16(8),
    referenceTime: body.getInt32(12) >> 8,
    feedbackPacketCount: body.getUint8(15),
    arrivals,
  };
}

/** Throws RangeError when two arrivals are further apart than 16 bits of ticks (8 s): those need two feedbacks. */
export function serializeTransportFeedback(feedback: TransportFeedback): Uint8Array {
  const { arrivals } = feedback;
  if (arrivals.length === 0 || arrivals.length > MAX_TRANSPORT_FEEDBACK_STATUSES) {
    throw new RangeError(`transport feedback about ${arrivals.length} packets`);
  }
  const deltas: number[] = [];
  let previous = 0;
  const statuses = arrivals.map((arrival): PacketStatus => {
    if (arrival === undefined) return PACKET_STATUS.notReceived;
    const delta = arrival - previous;
    previous = arrival;
    deltas.push(delta);
    if (delta >= 0 && delta <= 0xff) return PACKET_STATUS.smallDelta;
    if (delta >= -0x8000 && delta <= 0x7fff) return PACKET_STATUS.largeDelta;
    throw new RangeError(`arrivals ${delta} ticks apart`);
  });
  const chunks = packChunks(statuses);
  const deltaBytes = statuses.reduce<number>((sum, status) => sum + status, 0);
  const { bytes, body } = createSection(
    RTCP_PACKET_TYPE.transportLayerFeedback,
    TRANSPORT_LAYER_FORMAT.transportFeedback,
    FIXED_BYTES + chunks.length * CHUNK_BYTES + deltaBytes,
  );
  body.setUint32(0, feedback.senderSsrc);
  body.setUint32(4, feedback.mediaSsrc);
  body.setUint16(8, feedback.baseSequenceNumber);
  body.setUint16(10, arrivals.length);
  body.setInt32(12, (feedback.referenceTime << 8) | feedback.feedbackPacketCount);
  let offset = FIXED_BYTES;
  for (const chunk of chunks) {
    body.setUint16(offset, chunk);
    offset += CHUNK_BYTES;
  }
  for (const delta of deltas) {
    const isSmall = delta >= 0 && delta <= 0xff;
    if (isSmall) body.setUint8(offset, delta);
    else body.setInt16(offset, delta);
    offset += isSmall ? 1 : 2;
  }
  return bytes;
}
