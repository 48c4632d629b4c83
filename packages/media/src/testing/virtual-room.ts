import type { PacketMemory } from "../bytes/packet-memory.js";
import type { CryptoPort } from "../crypto/crypto-port.js";
import type { Consumer } from "../router/consumer.js";
import { MediaPacket } from "../router/media-packet.js";
import type { Producer } from "../router/producer.js";
import { Router } from "../router/router.js";
import { RtpOutlet } from "../router/rtp-outlet.js";
import { SenderClock } from "../router/sender-clock.js";
import { parseRtpHeader, RtpHeader } from "../rtp/rtp-header.js";
import type { RtpCodec, RtpEncoding, RtpHeaderExtension } from "../rtp/rtp-parameters.js";
import { SrtpReceiver } from "../srtp/srtp-receiver.js";
import { SrtpSender } from "../srtp/srtp-sender.js";
import { after, type Instant, instant } from "../time/instant.js";
import { RtpReception } from "../transport/rtp-reception.js";
import { VirtualPort } from "./virtual-port.js";

const RECEIVER = { family: "IPv4", ip: "192.0.2.9", port: 9 } as const;
const PROFILE = "AEAD_AES_128_GCM";

/** SSRCs of the Consumer. */
export const CONSUMER_SSRC = 0x0c00_0001;
export const CONSUMER_RTX_SSRC = 0x0c00_0002;

export interface VirtualRoomOptions {
  readonly kind: "audio" | "video";
  readonly codecs: readonly RtpCodec[];
  /** The receiver's, when they are not the publisher's. */
  readonly receiverCodecs?: readonly RtpCodec[];
  readonly encodings?: readonly RtpEncoding[];
  readonly headerExtensions?: readonly RtpHeaderExtension[];
  readonly hasRtx?: boolean;
  /** What the receiver takes; nothing unless told. */
  readonly receiverExtensions?: readonly RtpHeaderExtension[];
  readonly slots?: number;
  readonly loudestSpeakers?: number;
  /** The Consumer is held back; false unless told. */
  readonly isHeld?: boolean;
}

/** One plain packet of a publisher, as SRTP hands it on. */
export interface PublishedPacket {
  readonly ssrc: number;
  readonly payloadType: number;
  /** Extended. */
  readonly sequenceNumber: number;
  readonly timestamp: number;
  readonly payload: readonly number[];
  /** The marker bit; true by default: the packet is a frame. */
  readonly isMarked?: boolean;
  /** Header extension elements by id. */
  readonly extensions?: Readonly<Record<number, readonly number[]>>;
}

/** One packet as the receiver reads it. */
export interface ForwardedPacket {
  readonly ssrc: number;
  readonly payloadType: number;
  readonly sequenceNumber: number;
  readonly timestamp: number;
  readonly isMarked: boolean;
  readonly payload: readonly number[];
  /** Header extension elements, block header and all; empty when there are none. */
  readonly extensions: readonly number[];
}

/**
 * A Router between one publisher, whose packets are plain already, and one receiver with real SRTP: everything of the
 * packet path but ICE and DTLS, a packet at a time.
 */
export class VirtualRoom {
  readonly port: VirtualPort;
  readonly router: Router;
  readonly producer: Producer;
  readonly consumer: Consumer;
  readonly reception: RtpReception;
  readonly #receiver: SrtpReceiver;
  /** By SSRC and sequence number: what one SRTP index protected must never differ. */
  readonly #protected = new Map<string, { readonly datagram: string; readonly packet: ForwardedPacket }>();
  now: Instant = instant(1_000_000);

  constructor(createCrypto: (memory: PacketMemory) => CryptoPort, options: VirtualRoomOptions) {
    const { kind, codecs, encodings = [], headerExtensions = [] } = options;
    this.port = new VirtualPort({ family: "IPv4", ip: "192.0.2.1", port: 1 }, options.slots ?? 4096);
    const { memory, pool } = this.port;
    this.router = new Router(memory, pool, "room", { loudestSpeakers: options.loudestSpeakers ?? 0 });
    this.reception = new RtpReception(memory);
    const rtp = { mid: "0", kind, codecs, headerExtensions, encodings };
    this.producer = this.router.openProducer(new SenderClock(), { producerId: "p", rtp, isPaused: false });
    this.reception.openProducer(this.producer);
    const crypto = createCrypto(memory);
    const outlet = new RtpOutlet(memory, this.port);
    const key = { key: new Uint8Array(16).fill(1), salt: new Uint8Array(12).fill(2) };
    outlet.sender = new SrtpSender(crypto, PROFILE, key);
    outlet.address = this.port.register(RECEIVER);
    this.#receiver = new SrtpReceiver(crypto, PROFILE, key);
    this.consumer = this.router.openConsumer(this.producer, outlet, {
      consumerId: "c",
      producerId: "p",
      kind,
      mid: "0",
      ssrc: CONSUMER_SSRC,
      ...(options.hasRtx === true ? { rtxSsrc: CONSUMER_RTX_SSRC } : {}),
      cname: "publisher",
      codecs: options.receiverCodecs ?? codecs,
      headerExtensions: options.receiverExtensions ?? [],
      isPaused: false,
      isHeld: options.isHeld === true,
    });
  }

  wait(ms: number): void {
    this.now = after(this.now, ms);
  }

  /** What the media core does now and then. */
  tick(): void {
    this.producer.handleTick(this.now);
    this.consumer.handleTick(this.now);
  }

  /** The packets arrive in one batch; returns what the receiver gets. */
  publish(...packets: readonly PublishedPacket[]): ForwardedPacket[] {
    for (const published of packets) this.accept(published, new MediaPacket());
    this.router.forward(this.now);
    return this.drain();
  }

  /** One packet arrives and is read into `packet`. False: it was refused, and its slot is free again, as the I/O layer has it. */
  accept(published: PublishedPacket, packet: MediaPacket): boolean {
    const { memory, pool } = this.port;
    const offset = pool.take();
    if (offset === -1) throw new Error("no slot is free");
    const bytes = serialize(published);
    memory.bytes.set(bytes, offset);
    packet.reset(offset, bytes.length);
    if (!parseRtpHeader(memory, offset, bytes.length, packet.header)) throw new Error("the test's packet is malformed");
    packet.header.extendedSequenceNumber = published.sequenceNumber;
    const isKept = this.reception.accept(packet, this.now) === 1;
    if (isKept) this.router.markPending(this.reception.lastProducer as Producer);
    else pool.release(offset);
    return isKept;
  }

  /** What has left for the receiver since the last call. Throws when an SRTP index was used for two different packets. */
  drain(): ForwardedPacket[] {
    const forwarded: ForwardedPacket[] = [];
    const { memory, pool } = this.port;
    for (let datagram = this.port.pollTransmit(); datagram !== undefined; datagram = this.port.pollTransmit()) {
      const { data } = datagram;
      const slot = pool.take();
      memory.bytes.set(data, slot);
      const header = new RtpHeader();
      if (!parseRtpHeader(memory, slot, data.length, header)) throw new Error("a malformed packet left");
      const index = `${header.ssrc} ${header.sequenceNumber}`;
      const before = this.#protected.get(index);
      if (before !== undefined && before.datagram !== data.join()) throw new Error(`SRTP index ${index} protected two packets`);
      const packet = before?.packet ?? this.#unprotect(slot, data.length, header);
      this.#protected.set(index, { datagram: data.join(), packet });
      forwarded.push(packet);
      pool.release(slot);
    }
    return forwarded;
  }

  #unprotect(slot: number, sizeBytes: number, header: RtpHeader): ForwardedPacket {
    if (this.#receiver.unprotectRtp(slot, sizeBytes, header) < 0) throw new Error("a packet that is not authentic left");
    const { ssrc, payloadType, sequenceNumber, timestamp, marker: isMarked, payloadOffset, payloadBytes } = header;
    const { bytes } = this.port.memory;
    const extensions = [...bytes.subarray(slot + 12, payloadOffset)];
    const payload = [...bytes.subarray(payloadOffset, payloadOffset + payloadBytes)];
    return { ssrc, payloadType, sequenceNumber, timestamp, isMarked, payload, extensions };
  }
}

function serialize(packet: PublishedPacket): Uint8Array {
  const { ssrc, payloadType, sequenceNumber, timestamp, payload, isMarked = true, extensions = {} } = packet;
  const all = Object.entries(extensions);
  const isTwoByte = all.some(([, data]) => data.length > 16);
  const elements = all.flatMap(([id, data]) => [
    ...(isTwoByte ? [Number(id), data.length] : [(Number(id) << 4) | (data.length - 1)]),
    ...data,
  ]);
  const words = Math.ceil(elements.length / 4);
  const extensionBytes = words === 0 ? 0 : 4 + 4 * words;
  const bytes = new Uint8Array(12 + extensionBytes + payload.length);
  const view = new DataView(bytes.buffer);
  bytes[0] = words === 0 ? 0x80 : 0x90;
  bytes[1] = payloadType | (isMarked ? 0x80 : 0);
  view.setUint16(2, sequenceNumber & 0xffff);
  view.setUint32(4, timestamp);
  view.setUint32(8, ssrc);
  if (words > 0) {
    view.setUint16(12, isTwoByte ? 0x1000 : 0xbede);
    view.setUint16(14, words);
    bytes.set(elements, 16);
  }
  bytes.set(payload, 12 + extensionBytes);
  return bytes;
}
