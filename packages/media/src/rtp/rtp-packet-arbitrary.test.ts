/** RTP packets for the property tests of this folder and of srtp/; written apart from the parser, to check it. */
import fc from "fast-check";

export interface ExtensionElement {
  readonly id: number;
  readonly data: Uint8Array;
}

export interface RtpPacketFields {
  readonly payloadType: number;
  readonly marker: boolean;
  readonly sequenceNumber: number;
  readonly timestamp: number;
  readonly ssrc: number;
  readonly csrcs: readonly number[];
  readonly extension: { readonly profile: number; readonly elements: readonly ExtensionElement[] } | undefined;
  readonly payload: Uint8Array;
  /** 0: no P bit. */
  readonly paddingBytes: number;
}

export const ONE_BYTE = 0xbede;
export const TWO_BYTE = 0x1000;

export function serializeElements(profile: number, elements: readonly ExtensionElement[]): number[] {
  const block = elements.flatMap(({ id, data }) =>
    profile === ONE_BYTE ? [(id << 4) | (data.length - 1), ...data] : [id, data.length, ...data],
  );
  while (block.length % 4 !== 0) block.push(0);
  return block;
}

export function serializeRtpPacket(fields: RtpPacketFields): Uint8Array {
  const { extension, paddingBytes } = fields;
  const block = extension === undefined ? [] : serializeElements(extension.profile, extension.elements);
  const bytes = [
    0x80 | (paddingBytes > 0 ? 0x20 : 0) | (extension === undefined ? 0 : 0x10) | fields.csrcs.length,
    (fields.marker ? 0x80 : 0) | fields.payloadType,
    fields.sequenceNumber >> 8,
    fields.sequenceNumber & 0xff,
    ...bigEndian32(fields.timestamp),
    ...bigEndian32(fields.ssrc),
    ...fields.csrcs.flatMap(bigEndian32),
  ];
  if (extension !== undefined) {
    const words = block.length / 4;
    bytes.push(extension.profile >> 8, extension.profile & 0xff, words >> 8, words & 0xff, ...block);
  }
  bytes.push(...fields.payload);
  for (let index = 1; index <= paddingBytes; index++) bytes.push(index === paddingBytes ? paddingBytes : 0);
  return Uint8Array.from(bytes);
}

export function rtpPacket(fields: Partial<RtpPacketFields> = {}): RtpPacketFields {
  return {
    payloadType: 96,
    marker: false,
    sequenceNumber: 1,
    timestamp: 90_000,
    ssrc: 0xcafe_babe,
    csrcs: [],
    extension: undefined,
    payload: Uint8Array.of(1, 2, 3, 4),
    paddingBytes: 0,
    ...fields,
  };
}

function bigEndian32(value: number): number[] {
  return [value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff];
}

const elements = (maxId: number, minBytes: number, maxBytes: number) =>
  fc.uniqueArray(
    fc.record({ id: fc.integer({ min: 1, max: maxId }), data: fc.uint8Array({ minLength: minBytes, maxLength: maxBytes }) }),
    { selector: ({ id }) => id, maxLength: 5 },
  );

export const arbitraryRtpPacket: fc.Arbitrary<RtpPacketFields> = fc.record({
  payloadType: fc.nat(127),
  marker: fc.boolean(),
  sequenceNumber: fc.nat(0xffff),
  timestamp: fc.nat(0xffff_ffff),
  ssrc: fc.nat(0xffff_ffff),
  csrcs: fc.array(fc.nat(0xffff_ffff), { maxLength: 15 }),
  extension: fc.oneof(
    fc.constant(undefined),
    fc.record({ profile: fc.constant(ONE_BYTE), elements: elements(14, 1, 16) }),
    fc.record({ profile: fc.nat(15).map((bits) => TWO_BYTE | bits), elements: elements(255, 0, 30) }),
  ),
  payload: fc.uint8Array({ maxLength: 300 }),
  paddingBytes: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 255 })),
});
