import type { PacketMemory } from "../bytes/packet-memory.js";
import type { RtpHeader } from "../rtp/rtp-header.js";
import type { RtpHeaderExtension } from "../rtp/rtp-parameters.js";
import { EXTENSION_URI } from "../rtp/rtp-parameters.js";

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

  constructor(ids: Uint8Array) {
    this.#ids = ids;
    this.#isEmpty = ids.every((id) => id === 0);
    this.#hasLargeId = ids.some((id) => id > 14);
  }

  /**
   * Writes the rebuilt header of the packet at `offset` to `destination` ({@link MAX_HEADER_BYTES} of room) and returns its
   * length. Keeps version, CSRCs, marker and the fixed fields; clears the padding bit (padding was removed).
   */
  build(memory: PacketMemory, header: RtpHeader, offset: number, destination: number): number {
    const { view, bytes } = memory;
    const fixedBytes = 12 + 4 * ((bytes[offset] as number) & 0x0f);
    for (let at = 0; at < fixedBytes; at += 4) view.setInt32(destination + at, view.getInt32(offset + at));
    bytes[destination] = (bytes[offset] as number) & 0xcf;
    if (this.#isEmpty || header.extensionBytes === 0) return fixedBytes;
    const twoByteSource = (header.extensionProfile & 0xfff0) === TWO_BYTE_PROFILE;
    if (!twoByteSource && header.extensionProfile !== ONE_BYTE_PROFILE) return fixedBytes;
    const twoByteForm = this.#hasLargeId || (twoByteSource && this.#needsTwoByteForm(bytes, header));

    const block = destination + fixedBytes;
    const limit = destination + MAX_HEADER_BYTES;
    let write = block + 4;
    let read = header.extensionOffset;
    const end = read + header.extensionBytes;
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
        for (let at = 0; at < length; at++) bytes[write++] = bytes[read + at] as number;
      }
      read += length;
    }
    if (write === block + 4) return fixedBytes;
    while (((write - block) & 3) !== 0) bytes[write++] = 0;
    view.setUint16(block, twoByteForm ? TWO_BYTE_PROFILE : ONE_BYTE_PROFILE);
    view.setUint16(block + 2, (write - block - 4) >> 2);
    bytes[destination] = (bytes[destination] as number) | 0x10;
    return write - destination;
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

/** Interns plans, so that equal mappings are the same object and compare by identity on the packet path. */
export class HeaderPlans {
  readonly #plans = new Map<string, HeaderPlan>();

  planFor(publisher: readonly RtpHeaderExtension[], receiver: readonly RtpHeaderExtension[]): HeaderPlan {
    const ids = new Uint8Array(256);
    for (const { id, uri } of publisher) {
      if (!FORWARDED_EXTENSIONS.includes(uri)) continue;
      const match = receiver.find((extension) => extension.uri === uri);
      if (match !== undefined && id > 0 && id < 256 && match.id > 0 && match.id < 256) ids[id] = match.id;
    }
    const key = ids.join();
    let plan = this.#plans.get(key);
    if (plan === undefined) {
      plan = new HeaderPlan(ids);
      this.#plans.set(key, plan);
    }
    return plan;
  }
}
