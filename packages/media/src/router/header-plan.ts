import type { PacketMemory } from "../bytes/packet-memory.js";
import type { RtpHeader } from "../rtp/rtp-header.js";
import type { RtpHeaderExtension } from "../rtp/rtp-parameters.js";
import { EXTENSION_URI } from "../rtp/rtp-parameters.js";
import type { PlayoutDelay } from "../transport/parameters.js";

/** Longest rebuilt RTP header in bytes; elements that do not fit any more are left out. */
export const MAX_HEADER_BYTES = 256;

/** Header extensions that mean the same to every receiver and are passed on; the rest belongs to one hop. */
const FORWARDED_EXTENSIONS: readonly string[] = [
  EXTENSION_URI.audioLevel,
  EXTENSION_URI.videoOrientation,
  EXTENSION_URI.playoutDelay,
  EXTENSION_URI.videoContentType,
  EXTENSION_URI.videoTiming,
  EXTENSION_URI.dependencyDescriptor,
  EXTENSION_URI.absoluteCaptureTime,
];

/** Data of the element that belongs to this hop, in bytes; its place is filled when the packet leaves. */
export const STAMP_BYTES = { transportWideSequenceNumber: 2, absoluteSendTime: 3 } as const;

/** The element that every packet to one receiver carries for congestion control. */
interface Stamp {
  readonly id: number;
  readonly sizeBytes: number;
}

/**
 * How long the receiver is to buffer at least and at most, in every packet, so that none that is lost matters: two numbers of 12 bits
 * in units of 10 ms (http://www.webrtc.org/experiments/rtp-hdrext/playout-delay).
 */
interface DelayElement {
  readonly id: number;
  readonly value: number;
}

const DELAY_UNIT_MS = 10;
const MAX_DELAY_UNITS = 0xfff;
const DELAY_BYTES = 3;

/** Plans that one Router remembers: browsers choose a handful of ids between them; who chooses others all the time fills no memory. */
const MAX_SHARED_PLANS = 64;

const ONE_BYTE_PROFILE = 0xbede;
const TWO_BYTE_PROFILE = 0x1000;

/**
 * How an incoming RTP header becomes an outgoing one: which header extensions survive and under which id (RFC 8285).
 *
 * Consumers whose receivers chose the same ids share one plan, so a packet's header is rebuilt once for all of them; what
 * differs per Consumer (SSRC, sequence number, timestamp, payload type) is written over the copy.
 */
export class HeaderPlan {
  /** Receiver's id by publisher's id; 0 drops the element. */
  readonly #ids: Uint8Array;
  readonly #isEmpty: boolean;
  readonly #hasLargeId: boolean;
  readonly #stamp: Stamp | undefined;
  readonly #delay: DelayElement | undefined;
  /**
   * Set by {@link build}: where in the header the stamp's data lies. Positive: a transport-wide sequence number; negative: an
   * absolute send time at the opposite; 0: the receiver takes neither.
   */
  stampAt = 0;
  /** Where {@link build} has put the element it was to look for; -1 when it is not in the header. */
  foundAt = -1;

  constructor(ids: Uint8Array, stamp?: Stamp, delay?: DelayElement) {
    this.#ids = ids;
    this.#stamp = stamp;
    this.#delay = delay;
    this.#isEmpty = ids.every((id) => id === 0);
    this.#hasLargeId = ids.some((id) => id > 14) || (stamp?.id ?? 0) > 14 || (delay?.id ?? 0) > 14;
  }

  /** A header without CSRCs and with nothing but the stamp, for packets that repeat nobody's. The fixed fields are not written. */
  buildBare(memory: PacketMemory, destination: number): number {
    memory.bytes[destination] = 0x80;
    this.stampAt = 0;
    const block = destination + 12;
    if (this.#stamp === undefined) return 12;
    const write = this.#writeStamp(memory.bytes, block + 4, this.#hasLargeId);
    this.stampAt = this.#stampPlace(12, this.#hasLargeId);
    return this.#finish(memory, destination, block, write, this.#hasLargeId);
  }

  /**
   * Writes the rebuilt header of the packet at `offset` to `destination` ({@link MAX_HEADER_BYTES} of room) and returns its
   * length. Keeps version, CSRCs, marker and the fixed fields; clears the padding bit (padding was removed). `sought`: of the
   * data of an element whose copy is to be found ({@link foundAt}), -1 for none.
   */
  build(memory: PacketMemory, header: RtpHeader, offset: number, destination: number, sought = -1): number {
    const { view, bytes } = memory;
    this.foundAt = -1;
    const fixedBytes = 12 + 4 * ((bytes[offset] as number) & 0x0f);
    for (let at = 0; at < fixedBytes; at += 4) view.setInt32(destination + at, view.getInt32(offset + at));
    bytes[destination] = (bytes[offset] as number) & 0xcf;
    this.stampAt = 0;
    const twoByteSource = (header.extensionProfile & 0xfff0) === TWO_BYTE_PROFILE;
    const isReadable = twoByteSource || header.extensionProfile === ONE_BYTE_PROFILE;
    const sourceBytes = this.#isEmpty || !isReadable ? 0 : header.extensionBytes;
    if (sourceBytes === 0 && this.#stamp === undefined && this.#delay === undefined) return fixedBytes;
    const twoByteForm = this.#hasLargeId || (sourceBytes > 0 && twoByteSource && this.#needsTwoByteForm(bytes, header));

    const block = destination + fixedBytes;
    const limit = destination + MAX_HEADER_BYTES;
    let write = block + 4;
    if (this.#stamp !== undefined) {
      this.stampAt = this.#stampPlace(fixedBytes, twoByteForm);
      write = this.#writeStamp(bytes, write, twoByteForm);
    }
    if (this.#delay !== undefined) write = writeDelay(bytes, write, this.#delay, twoByteForm);
    let read = header.extensionOffset;
    const end = read + sourceBytes;
    while (read < end) {
      const first = bytes[read] as number;
      if (first === 0) {
        read++;
        continue;
      }
      let id: number;
      let length: number;
      if (twoByteSource) {
        if (read + 1 >= end) break;
        id = first;
        length = bytes[read + 1] as number;
        read += 2;
      } else {
        id = first >> 4;
        if (id === 15) break;
        length = (first & 0x0f) + 1;
        read++;
      }
      if (read + length > end) break;
      const mapped = this.#ids[id] as number;
      if (mapped !== 0 && write + 2 + length + 3 <= limit) {
        if (twoByteForm) {
          bytes[write++] = mapped;
          bytes[write++] = length;
        } else {
          bytes[write++] = (mapped << 4) | (length - 1);
        }
        if (read === sought) this.foundAt = write;
        for (let at = 0; at < length; at++) bytes[write++] = bytes[read + at] as number;
      }
      read += length;
    }
    return write === block + 4 ? fixedBytes : this.#finish(memory, destination, block, write, twoByteForm);
  }

  /** The stamp is the block's first element, so that its place follows from the form alone. */
  #stampPlace(fixedBytes: number, twoByteForm: boolean): number {
    const place = fixedBytes + 4 + (twoByteForm ? 2 : 1);
    return this.#stamp?.sizeBytes === STAMP_BYTES.absoluteSendTime ? -place : place;
  }

  #writeStamp(bytes: Uint8Array, destination: number, twoByteForm: boolean): number {
    const { id, sizeBytes } = this.#stamp as Stamp;
    let write = destination;
    if (twoByteForm) {
      bytes[write++] = id;
      bytes[write++] = sizeBytes;
    } else {
      bytes[write++] = (id << 4) | (sizeBytes - 1);
    }
    for (let at = 0; at < sizeBytes; at++) bytes[write++] = 0;
    return write;
  }

  /** Pads the block that begins at `block` and ends at `end`, writes its head, and returns the header's length. */
  #finish({ bytes, view }: PacketMemory, header: number, block: number, end: number, twoByteForm: boolean): number {
    let write = end;
    while (((write - block) & 3) !== 0) bytes[write++] = 0;
    view.setUint16(block, twoByteForm ? TWO_BYTE_PROFILE : ONE_BYTE_PROFILE);
    view.setUint16(block + 2, (write - block - 4) >> 2);
    bytes[header] = (bytes[header] as number) | 0x10;
    return write - header;
  }

  /** Whether a surviving element cannot be said in the one-byte form (empty, or longer than 16 bytes). */
  #needsTwoByteForm(bytes: Uint8Array, header: RtpHeader): boolean {
    let read = header.extensionOffset;
    const end = read + header.extensionBytes;
    while (read + 1 < end) {
      const id = bytes[read] as number;
      if (id === 0) {
        read++;
        continue;
      }
      const length = bytes[read + 1] as number;
      if (this.#ids[id] !== 0 && (length === 0 || length > 16)) return true;
      read += 2 + length;
    }
    return false;
  }
}

function writeDelay(bytes: Uint8Array, destination: number, { id, value }: DelayElement, twoByteForm: boolean): number {
  let write = destination;
  if (twoByteForm) {
    bytes[write++] = id;
    bytes[write++] = DELAY_BYTES;
  } else {
    bytes[write++] = (id << 4) | (DELAY_BYTES - 1);
  }
  bytes[write++] = value >> 16;
  bytes[write++] = value >> 8;
  bytes[write++] = value;
  return write;
}

/** Interns plans, so that equal mappings are the same object and compare by identity on the packet path. */
export class HeaderPlans {
  /** Beyond {@link MAX_SHARED_PLANS} they are not shared. */
  readonly #plans = new Map<string, HeaderPlan>();

  /** `playoutDelay`: told to the receiver in place of what the publisher says. */
  planFor(
    publisher: readonly RtpHeaderExtension[],
    receiver: readonly RtpHeaderExtension[],
    playoutDelay?: PlayoutDelay,
  ): HeaderPlan {
    const delay = playoutDelay && delayFor(receiver, playoutDelay);
    const ids = new Uint8Array(256);
    for (const { id, uri } of publisher) {
      if (!FORWARDED_EXTENSIONS.includes(uri)) continue;
      if (delay !== undefined && uri === EXTENSION_URI.playoutDelay) continue;
      const match = receiver.find((extension) => extension.uri === uri);
      if (match !== undefined && id > 0 && id < 256 && match.id > 0 && match.id < 256) ids[id] = match.id;
    }
    const stamp = stampFor(receiver);
    const key = `${ids.join()} ${stamp?.id} ${stamp?.sizeBytes} ${delay?.id} ${delay?.value}`;
    let plan = this.#plans.get(key);
    if (plan === undefined) {
      plan = new HeaderPlan(ids, stamp, delay);
      if (this.#plans.size < MAX_SHARED_PLANS) this.#plans.set(key, plan);
    }
    return plan;
  }
}

/** What the receiver's congestion control goes by: the transport-wide number, or else the time of sending. */
function stampFor(receiver: readonly RtpHeaderExtension[]): Stamp | undefined {
  for (const name of ["transportWideSequenceNumber", "absoluteSendTime"] as const) {
    const id = receiver.find(({ uri }) => uri === EXTENSION_URI[name])?.id ?? 0;
    if (id > 0 && id < 256) return { id, sizeBytes: STAMP_BYTES[name] };
  }
  return undefined;
}

/** Undefined when the receiver does not take it. */
function delayFor(receiver: readonly RtpHeaderExtension[], { minMs, maxMs }: PlayoutDelay): DelayElement | undefined {
  const id = receiver.find(({ uri }) => uri === EXTENSION_URI.playoutDelay)?.id ?? 0;
  const [min, max] = [delayUnits(minMs), delayUnits(Math.max(minMs, maxMs))];
  return id > 0 && id < 256 ? { id, value: (min << 12) | max } : undefined;
}

function delayUnits(ms: number): number {
  return Math.min(MAX_DELAY_UNITS, Math.max(0, Math.round(ms / DELAY_UNIT_MS)));
}
