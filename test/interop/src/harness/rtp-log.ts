/** What came of one RTP stream, in the order of arrival. */
export interface RtpStreamLog {
  readonly ssrc: number;
  readonly payloadTypes: Set<number>;
  packets: number;
  /** Numbers between the first and the highest that have not come (yet). */
  readonly missing: Set<number>;
  /** Packets that came again: asked for, or a key frame for who was not ready for it. */
  repeated: number;
  /** Extended beyond 16 bits. */
  highest: number;
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
    const known = this.streams.get(ssrc);
    const stream = known ?? {
      ssrc,
      payloadTypes: new Set(),
      packets: 0,
      missing: new Set(),
      repeated: 0,
      highest: sequenceNumber - 1,
    };
    this.streams.set(ssrc, stream);
    stream.packets += 1;
    stream.payloadTypes.add(second & 0x7f);
    const step = ((sequenceNumber - stream.highest) << 16) >> 16;
    const extended = stream.highest + step;
    for (let number = stream.highest + 1; number < extended; number++) stream.missing.add(number);
    if (step > 0) stream.highest = extended;
    else if (!stream.missing.delete(extended)) stream.repeated += 1;
  }
}
