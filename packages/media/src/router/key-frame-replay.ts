import { SCRATCH } from "../bytes/packet-memory.js";
import type { FrameParser } from "../codec/frame-info.js";
import { after, type Instant } from "../time/instant.js";
import { KEY_FRAME_CACHE } from "./key-frame-cache.js";
import { MediaPacket } from "./media-packet.js";
import type { Producer } from "./producer.js";
import type { ReceiveStream } from "./receive-stream.js";
import type { RtpOutlet } from "./rtp-outlet.js";

/** Scratch for packets of the past; one at a time. */
const past = new MediaPacket(SCRATCH.header);

/** A Consumer as its replay knows it. */
export interface ReplayingConsumer {
  readonly outlet: RtpOutlet;
  readonly producer: Producer;
  /** The stream that is being sent. */
  readonly stream: ReceiveStream | undefined;
  /** A replay is under way, so that live packets may have to wait for it; {@link KeyFrameReplay} sets it. */
  isReplaying: boolean;
  /** The one to begin with while none is. */
  readonly firstStream: ReceiveStream | undefined;
  /** The newest packet of `stream` that was sent, as received; -1 when nothing was ever sent, infinite when other streams were. */
  lastSentOf(stream: ReceiveStream): number;
  /** Begins with `packet`; what came up to `pastTo`, whose timestamp is `pastTimestamp`, belongs to the past. False: it cannot. */
  begin(packet: MediaPacket, pastTo: number, pastTimestamp: number): boolean;
  /** Sends a packet of {@link stream}. */
  sendPacket(packet: MediaPacket): void;
}

/**
 * Takes a Consumer from a key frame of the past to the present: the packets in between leave in order, as fast as the
 * receiver's ReplayPacer lets them, and live packets of the stream wait in the buffer until their turn has come.
 */
export class KeyFrameReplay {
  readonly #consumer: ReplayingConsumer;
  #stream: ReceiveStream | undefined;
  #parser: FrameParser | undefined;
  /** Extended number of the packet to be sent next. */
  #next = 0;
  /** What is left then leaves at once. */
  #endsAt = 0 as Instant;
  /** Replays of key frames from memory. */
  count = 0;

  constructor(consumer: ReplayingConsumer) {
    this.#consumer = consumer;
  }

  /** The packet is not to be sent as it comes: {@link advance} gets to it. What was missing of those behind it goes out at once. */
  holds({ stream, header }: MediaPacket): boolean {
    return stream !== undefined && stream === this.#stream && header.extendedSequenceNumber >= this.#next;
  }

  /** Begins with the last key frame, if it is still here and costs less than a new one. */
  start(now: Instant): boolean {
    const { stream: current, firstStream: stream } = this.#consumer;
    // A decoder that has seen later pictures already would go back to earlier ones.
    return current === undefined && stream !== undefined && this.#begin(stream, this.#consumer.lastSentOf(stream), now);
  }

  /** Begins once more, with the last key frame of the stream that is being sent: the receiver has not seen what it was sent so far. */
  repeat(now: Instant): boolean {
    const { stream } = this.#consumer;
    return stream !== undefined && this.#begin(stream, -1, now);
  }

  /** Whether a receiver that has seen nothing could begin with the last key frame of `stream`. */
  canStart(stream: ReceiveStream, now: Instant): boolean {
    return stream.keyFrameCache.find(stream, this.#roomBytes(now), now) >= 0;
  }

  #roomBytes(now: Instant): number {
    const { outlet } = this.#consumer;
    return outlet.replayPacer.roomBytes(outlet.bandwidth.estimateBps, now);
  }

  /** Only a key frame that came after the packet `newerThan`. */
  #begin(stream: ReceiveStream, newerThan: number, now: Instant): boolean {
    const { outlet } = this.#consumer;
    if (!outlet.isReady) return false;
    const maxBytes = this.#roomBytes(now);
    const start = stream.keyFrameCache.find(stream, maxBytes, now);
    if (start < 0 || start <= newerThan) return false;
    const pastTo = stream.highest;
    if (!stream.read(outlet.memory, pastTo, past)) return false;
    const pastTimestamp = past.header.timestamp;
    this.#parser = undefined;
    const packet = this.#read(stream, start);
    outlet.setNow(now);
    if (packet === undefined || !this.#consumer.begin(packet, pastTo, pastTimestamp)) return false;
    outlet.replayPacer.begin(stream.keyFrameCache.sizeSince(stream, start, maxBytes), now);
    this.count++;
    this.#open(stream);
    this.#next = start + 1;
    this.#endsAt = after(now, KEY_FRAME_CACHE.maxReplayMs);
    this.advance(now);
    return true;
  }

  /** The Consumer has begun with a key frame that came late: what came after it and is here already follows at once. */
  follow({ stream, header }: MediaPacket): void {
    this.#open(stream);
    this.#parser = undefined;
    this.#next = header.extendedSequenceNumber + 1;
    // Parsed once more, for what it says about those behind it.
    if (stream !== undefined && this.#next <= stream.highest) this.#read(stream, header.extendedSequenceNumber);
    this.#sendWhile(() => true);
  }

  /** Sends what may leave now. */
  advance(now: Instant): void {
    if (this.#stream === undefined) return;
    const { outlet } = this.#consumer;
    outlet.setNow(now);
    const isOverdue = now >= this.#endsAt;
    this.#sendWhile((sizeBytes) => outlet.replayPacer.take(sizeBytes, now) || isOverdue);
  }

  #sendWhile(isAllowed: (sizeBytes: number) => boolean): void {
    const stream = this.#stream;
    if (stream === undefined) return;
    const { buffer } = stream;
    while (stream === this.#consumer.stream && this.#next <= stream.highest) {
      if (buffer.has(this.#next) && !isAllowed(buffer.sizeOf(this.#next))) return;
      const packet = this.#read(stream, this.#next++);
      if (packet !== undefined) this.#consumer.sendPacket(packet);
    }
    this.#end();
  }

  #open(stream: ReceiveStream | undefined): void {
    this.#stream = stream;
    this.#consumer.isReplaying = stream !== undefined;
  }

  #end(): void {
    this.#open(undefined);
    this.#parser = undefined;
  }

  /** A packet of the buffer, parsed; undefined when there is none. Valid until the next call. */
  #read(stream: ReceiveStream, received: number): MediaPacket | undefined {
    const { memory } = this.#consumer.outlet;
    if (!stream.read(memory, received, past)) return undefined;
    const binding = this.#consumer.producer.bindingFor(past.header.payloadType);
    if (binding === undefined) return undefined;
    // The stream's own parser goes on with the present.
    this.#parser ??= stream.createParser(binding);
    return stream.parse(memory, past, binding, this.#parser) ? past : undefined;
  }
}
