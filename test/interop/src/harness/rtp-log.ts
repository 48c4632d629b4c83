/** What came of one RTP stream, in the order of arrival. */
export interface RtpStreamLog {
  readonly ssrc: number;
  readonly payloadTypes: Set<number>;
  packets: number;
  /** Packets whose number is not that of the packet before them plus one, modulo 2^16. */
  discontinuities: number;
  lastSequenceNumber: number;
}

const RTP_HEADER_BYTES = 12;

/** Counts plain RTP packets by SSRC, with a reader of its own: what is tested must not be read by what is tested. */
export class RtpLog {
  readonly streams = new Map<number, RtpStreamLog>();

  /** RTCP (RFC 5761 §4: types 192–223) and what is no RTP at all is left out. */
  handlePacket(packet: Buffer): void {
    if (packet.length < RTP_HEADER_BYTES || packet.readUInt8(0) >>> 6 !== 2) return;
    const second = packet.readUInt8(1);
    if (second >= 192 && second <= 223) return;
    const sequenceNumber = packet.readUInt16BE(2);
    const ssrc = packet.readUInt32BE(8);
    const stream = this.streams.get(ssrc) ?? {
      ssrc,
      payloadTypes: new Set(),
      packets: 0,
      discontinuities: 0,
      lastSequenceNumber: sequenceNumber - 1,
    };
    this.streams.set(ssrc, stream);
    stream.packets += 1;
    stream.payloadTypes.add(second & 0x7f);
    if (sequenceNumber !== ((stream.lastSequenceNumber + 1) & 0xffff)) stream.discontinuities += 1;
    stream.lastSequenceNumber = sequenceNumber;
  }
}
