const PAGE_HEADER_BYTES = 27;

/** Length of one segment that says "the packet goes on" (RFC 3533 §5). */
const FULL_SEGMENT_BYTES = 255;

/** Packets of one file at most; what follows is left out. Six hours of 20 ms packets. */
const MAX_PACKETS = 1_080_000;

/** Longest packet taken, in bytes: comments with a picture are the long ones. */
const MAX_PACKET_BYTES = 1_048_576;

/**
 * The packets of the first logical stream of an Ogg file (RFC 3533), in order. Damage, or a packet that is too long, ends
 * the reading.
 */
export function findOggPackets(bytes: Uint8Array): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const packets: Uint8Array[] = [];
  let serial: number | undefined;
  /** The start of a packet that goes on in the next page. */
  let unfinished: Uint8Array | undefined;
  for (let page = parsePage(bytes, view, 0); page !== undefined; page = parsePage(bytes, view, page.end)) {
    serial ??= page.serial;
    if (page.serial !== serial) continue;
    // A page that does not go on where the last one stopped: a page between them is missing.
    if (page.isContinued !== (unfinished !== undefined)) break;
    let start = page.dataStart;
    let end = start;
    for (let index = page.segmentsStart; index < page.dataStart; index++) {
      const segmentBytes = bytes[index] as number;
      end += segmentBytes;
      if (segmentBytes === FULL_SEGMENT_BYTES) continue;
      packets.push(join(unfinished, bytes.subarray(start, end)));
      unfinished = undefined;
      start = end;
      if (packets.length >= MAX_PACKETS) return packets;
    }
    if (isLastSegmentFull(bytes, page)) unfinished = join(unfinished, bytes.subarray(start, end));
    if (unfinished !== undefined && unfinished.length > MAX_PACKET_BYTES) break;
  }
  return packets;
}

interface OggPage {
  readonly serial: number;
  readonly isContinued: boolean;
  readonly segmentsStart: number;
  readonly dataStart: number;
  readonly end: number;
}

/** The page at `at`; undefined when there is none that is whole. */
function parsePage(bytes: Uint8Array, view: DataView, at: number): OggPage | undefined {
  const segmentsStart = at + PAGE_HEADER_BYTES;
  // "OggS", then version 0.
  if (segmentsStart > bytes.length || view.getUint32(at) !== 0x4f676753 || bytes[at + 4] !== 0) return undefined;
  const dataStart = segmentsStart + (bytes[at + 26] as number);
  if (dataStart > bytes.length) return undefined;
  let end = dataStart;
  for (let index = segmentsStart; index < dataStart; index++) end += bytes[index] as number;
  if (end > bytes.length) return undefined;
  return {
    serial: view.getUint32(at + 14, true),
    isContinued: ((bytes[at + 5] as number) & 0x01) !== 0,
    segmentsStart,
    dataStart,
    end,
  };
}

function isLastSegmentFull(bytes: Uint8Array, page: OggPage): boolean {
  return page.dataStart > page.segmentsStart && bytes[page.dataStart - 1] === FULL_SEGMENT_BYTES;
}

function join(first: Uint8Array | undefined, second: Uint8Array): Uint8Array {
  if (first === undefined) return second;
  const whole = new Uint8Array(first.length + second.length);
  whole.set(first);
  whole.set(second, first.length);
  return whole;
}
