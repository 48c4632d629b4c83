// A receiver of layered video that knows no more than what is in the packets, and is told when that made it wrong.
import assert from "node:assert/strict";
import { createPacketMemory } from "../../bytes/packet-memory.js";
import { DependencyDescriptorParser } from "../../codec/dependency-descriptor/dependency-descriptor-parser.js";
import { Vp8PayloadDescriptor } from "../../codec/vp8-payload-descriptor.js";
import { Vp9PayloadDescriptor } from "../../codec/vp9-payload-descriptor.js";
import type { ForwardedPacket } from "../../testing/virtual-room.js";
import { DESCRIPTOR_ID, type ModelFrame, type ModelKind } from "./model-stream.test.js";
import { Vp8References } from "./vp8-references.test.js";

/** What a frame's packets say: a number that orders frames, and the numbers of those it refers to. */
interface Told {
  readonly number: number;
  readonly references: readonly number[];
}

interface Assembly {
  readonly frame: ModelFrame;
  readonly packets: Map<number, ForwardedPacket>;
  told: Told | "to be found" | undefined;
}

/** The number with these low `bits` that is nearest to `reference`. */
function unwrap(value: number, bits: number, reference: number): number {
  const range = 2 ** bits;
  const difference = (((value - reference) % range) + range) % range;
  return reference + (difference > range / 2 ? difference - range : difference);
}

export class ModelDecoder {
  readonly #kind: ModelKind;
  readonly #frames: ReadonlyMap<number, ModelFrame>;
  readonly #assemblies = new Map<number, Assembly>();
  readonly #vp8 = new Vp8References();
  readonly #descriptors = new DependencyDescriptorParser();
  /** Ids of the frames decoded since the last key frame, and by the numbers the packets gave them. */
  readonly #decodedIds = new Set<number>();
  readonly #decodedNumbers = new Map<number, number>();
  readonly #sequenceNumbers = new Set<number>();
  #highestSequenceNumber = -1;
  #lastNumber = 1_000_000;
  #lastTimestamp: number | undefined;
  readonly decoded: ModelFrame[] = [];
  /** Frames of which a packet came. */
  started = 0;
  /** Empty packets, which hold a place. */
  empties = 0;
  /** Whether the network neither loses nor reorders, so that more is to be expected. */
  readonly #isPerfect: boolean;
  #lastPacket: ForwardedPacket | undefined;
  /** The next key frame may show what is past. */
  #isRepeat = false;

  constructor(kind: ModelKind, frames: ReadonlyMap<number, ModelFrame>, isPerfect: boolean) {
    this.#isPerfect = isPerfect;
    this.#kind = kind;
    this.#frames = frames;
  }

  /** Numbers never received below the highest. */
  get missing(): number {
    let missing = 0;
    const lowest = Math.min(...this.#sequenceNumbers);
    for (let number = lowest; number < this.#highestSequenceNumber; number++) if (!this.#sequenceNumbers.has(number)) missing++;
    return missing;
  }

  /** It asked for a key frame, and what came since the last one comes once more under other numbers. */
  handleRepeat(): void {
    this.#isRepeat = true;
    this.#assemblies.clear();
  }

  receive(packets: readonly ForwardedPacket[]): void {
    for (const packet of packets) this.#handlePacket(packet);
    for (let isBusy = true; isBusy; ) isBusy = this.#decodeNext();
  }

  #handlePacket(packet: ForwardedPacket): void {
    const reference = this.#highestSequenceNumber === -1 ? packet.sequenceNumber : this.#highestSequenceNumber;
    const number = unwrap(packet.sequenceNumber, 16, reference);
    this.#highestSequenceNumber = Math.max(number, this.#highestSequenceNumber);
    assert.ok(!this.#sequenceNumbers.has(number), `number ${number} came twice`);
    this.#sequenceNumbers.add(number);
    if (packet.payload.length === 0) {
      this.empties++;
      return;
    }
    if (this.#isPerfect) this.#checkMarker(packet);
    const [high = 0, middle = 0, low = 0, part = 0] = packet.payload.slice(-4);
    const frame = this.#frames.get((high << 16) | (middle << 8) | low);
    assert.ok(frame !== undefined);
    let assembly = this.#assemblies.get(frame.id);
    if (assembly === undefined) {
      assembly = { frame, packets: new Map(), told: undefined };
      this.#assemblies.set(frame.id, assembly);
      this.started++;
    }
    assembly.packets.set(number, packet);
    assert.equal([...assembly.packets.keys()].length <= frame.parts, true);
    assert.equal(
      number - part,
      Math.min(...assembly.packets.keys()) - this.#partOf(assembly),
      "a frame's packets are in a row",
    );
    assembly.told ??= this.#read(packet, frame);
  }

  /** The last packet of each picture is marked, and no other (RFC 9628 §4.1, AV1 RTP specification §4.2). */
  #checkMarker(packet: ForwardedPacket): void {
    const before = this.#lastPacket;
    if (before !== undefined)
      assert.equal(before.isMarked, before.timestamp !== packet.timestamp, "the marker ends the picture");
    this.#lastPacket = packet;
  }

  #partOf(assembly: Assembly): number {
    return assembly.packets.get(Math.min(...assembly.packets.keys()))?.payload.at(-1) ?? 0;
  }

  #read(packet: ForwardedPacket, frame: ModelFrame): Told | "to be found" {
    const memory = createPacketMemory(2048);
    memory.bytes.set(packet.payload, 0);
    if (this.#kind === "VP8") {
      const descriptor = new Vp8PayloadDescriptor();
      assert.ok(descriptor.parse(memory, 0, packet.payload.length));
      const { pictureId, tl0PicIdx, temporalLayer, isLayerSync } = descriptor;
      this.#vp8.add({ id: frame.id, isKey: frame.isKey, pictureId, tl0PictureIndex: tl0PicIdx, temporalLayer, isLayerSync });
      return "to be found";
    }
    if (this.#kind.startsWith("VP9")) {
      const descriptor = new Vp9PayloadDescriptor();
      assert.ok(descriptor.parse(memory, 0, packet.payload.length));
      const spatialLayer = Math.max(0, descriptor.spatialLayer);
      const pictureId = unwrap(descriptor.pictureId, 15, Math.floor(this.#lastNumber / 8));
      const number = pictureId * 8 + spatialLayer;
      const differences = descriptor.isInterPicturePredicted ? packet.payload.slice(4, descriptor.sizeBytes) : [];
      const references = differences.map((difference) => (pictureId - (difference >> 1)) * 8 + spatialLayer);
      if (descriptor.isInterLayerDependent) references.push(number - 1);
      return { number, references };
    }
    const data = findElement(packet.extensions, DESCRIPTOR_ID);
    assert.ok(data !== undefined, "the dependency descriptor is there");
    memory.bytes.set(data, 0);
    const result = this.#descriptors.parse(memory, 0, data.length, this.#highestSequenceNumber);
    assert.notEqual(result, "malformed");
    const { info } = this.#descriptors;
    const number = unwrap(info.frameNumber, 16, this.#lastNumber);
    const references = [...info.frameDifferences.subarray(0, info.frameDifferenceCount)].map((back) => number - back);
    // Undecodable for now, as for libwebrtc, when the structure is not there.
    return result === "unresolved" ? { number, references: [Number.NaN] } : { number, references };
  }

  /** Decodes one frame, the oldest that can be; false when there is none. */
  #decodeNext(): boolean {
    for (const assembly of this.#assemblies.values()) {
      const { frame, packets, told } = assembly;
      if (packets.size < frame.parts || told === undefined) continue;
      const verdict = told === "to be found" ? this.#vp8.decide(frame.id) : told;
      if (verdict === "stash") continue;
      // An older frame than the last is of no use any more.
      const isOld = verdict === "drop" || (verdict.number <= this.#lastNumber && this.decoded.length > 0);
      const isStart = frame.isKey && frame.spatialLayer === 0;
      if (verdict === "drop" || (isOld && !isStart)) {
        this.#assemblies.delete(frame.id);
        return true;
      }
      assembly.told = verdict;
      if (!isStart && !verdict.references.every((reference) => this.#decodedNumbers.has(reference))) continue;
      const truth = verdict.references.map((reference) => this.#decodedNumbers.get(reference));
      assert.deepEqual([...truth].sort(), [...frame.references].sort(), "the numbers say what the frame really refers to");
      if (isStart && this.decoded.length > 0) {
        const ahead = verdict.number - this.#lastNumber;
        assert.ok(ahead > 0 && (ahead < 100 || !this.#isPerfect), `a key frame's number is ${ahead} ahead`);
      }
      if (isStart) this.#startOver();
      this.#decodedNumbers.set(verdict.number, frame.id);
      this.#lastNumber = verdict.number;
      this.#assemblies.delete(frame.id);
      this.#decode(frame, [...packets.values()][0]?.timestamp ?? 0);
      return true;
    }
    return false;
  }

  #startOver(): void {
    this.#decodedIds.clear();
    this.#decodedNumbers.clear();
  }

  #decode(frame: ModelFrame, timestamp: number): void {
    for (const reference of frame.references) {
      assert.ok(this.#decodedIds.has(reference), `frame ${frame.id} was decoded without frame ${reference}`);
    }
    const before = this.decoded.at(-1);
    if (before !== undefined && this.#lastTimestamp !== undefined) {
      const passed = (timestamp - this.#lastTimestamp) | 0;
      const isSamePicture = before.picture === frame.picture && before.encoding === frame.encoding;
      assert.ok(frame.picture >= before.picture || (this.#isRepeat && frame.isKey), "no picture is shown after a later one");
      assert.ok(isSamePicture ? passed === 0 : passed > 0, `timestamps go ${passed}`);
    }
    if (frame.isKey) this.#isRepeat = false;
    this.#lastTimestamp = timestamp;
    this.#decodedIds.add(frame.id);
    this.decoded.push(frame);
  }
}

/** The data of a header extension element, in either form (RFC 8285). */
function findElement(extensions: readonly number[], id: number): readonly number[] | undefined {
  const isTwoByte = extensions[0] === 0x10;
  for (let at = 4; at < extensions.length; ) {
    const first = extensions[at] ?? 0;
    if (first === 0) {
      at++;
      continue;
    }
    const elementId = isTwoByte ? first : first >> 4;
    const length = isTwoByte ? (extensions[at + 1] ?? 0) : (first & 0x0f) + 1;
    at += isTwoByte ? 2 : 1;
    if (elementId === id) return extensions.slice(at, at + length);
    at += length;
  }
  return undefined;
}
