import assert from "node:assert/strict";
import { test } from "node:test";
import { createPortableCrypto } from "@sluice/native";
import { EXTENSION_URI } from "../../rtp/rtp-parameters.js";
import { type PublishedPacket, VirtualRoom } from "../../testing/virtual-room.js";
import { ModelDecoder } from "./model-decoder.test.js";
import { DESCRIPTOR_ID, type ModelFrame, type ModelKind, ModelStream, seededRandom } from "./model-stream.test.js";

const FRAME_MS = 33;
const PICTURES = 500;
/** Time to get to what is wanted in the end, pictures. */
const SETTLING = 90;

interface Path {
  readonly name: string;
  /** Share of packets that come some packets late. */
  readonly late: number;
  /** Share that is lost, most of it repaired some pictures later. */
  readonly lost: number;
}

const PATHS: readonly Path[] = [
  { name: "in order", late: 0, lost: 0 },
  { name: "reordered", late: 0.05, lost: 0 },
  { name: "lossy", late: 0.02, lost: 0.03 },
];

interface Video {
  readonly kind: ModelKind;
  readonly encodings: number;
  readonly spatialLayers: number;
}

const VIDEOS: readonly Video[] = [
  { kind: "VP8", encodings: 1, spatialLayers: 1 },
  { kind: "VP8", encodings: 3, spatialLayers: 1 },
  { kind: "VP8 described", encodings: 1, spatialLayers: 1 },
  { kind: "VP8 described", encodings: 3, spatialLayers: 1 },
  { kind: "VP9", encodings: 1, spatialLayers: 3 },
  { kind: "VP9", encodings: 3, spatialLayers: 1 },
  { kind: "VP9 k-SVC", encodings: 1, spatialLayers: 3 },
  { kind: "AV1", encodings: 1, spatialLayers: 3 },
  { kind: "AV1", encodings: 3, spatialLayers: 1 },
  { kind: "AV1 k-SVC", encodings: 1, spatialLayers: 3 },
  { kind: "H264", encodings: 1, spatialLayers: 1 },
  { kind: "H264", encodings: 3, spatialLayers: 1 },
];

/** A publisher, a bad network, the Router, and a receiver whose wishes change all the time. */
class Scene {
  readonly room: VirtualRoom;
  readonly decoder: ModelDecoder;
  readonly #streams: readonly ModelStream[];
  readonly #path: Path;
  readonly #random: () => number;
  readonly #keys: Set<number>;
  /** Packets under way, by when they arrive. */
  #underWay: { readonly at: number; readonly packet: PublishedPacket }[] = [];
  #picture = 0;
  #decodedAt = 0;
  target = { spatialLayer: 2, temporalLayer: 2 };

  constructor({ kind, encodings, spatialLayers }: Video, path: Path, seed: number) {
    this.#random = seededRandom(seed);
    this.#path = path;
    const frames = new Map<number, ModelFrame>();
    const numbers = Array.from({ length: encodings }, (_, encoding) => encoding);
    this.#keys = new Set(numbers);
    this.#streams = numbers.map((encoding) => new ModelStream(kind, encoding, spatialLayers, frames, this.#random));
    const name = kind.split(" ")[0] ?? kind;
    const codecs = [{ payloadType: 96, name, clockRate: 90_000, parameters: {}, feedback: ["nack", "nack pli"] }];
    const headerExtensions = [{ id: DESCRIPTOR_ID, uri: EXTENSION_URI.dependencyDescriptor }];
    this.room = new VirtualRoom(createPortableCrypto, {
      kind: "video",
      codecs,
      encodings: numbers.map((encoding) => ({ ssrc: encoding + 1 })),
      headerExtensions,
      receiverExtensions: headerExtensions,
      slots: 8192,
    });
    this.decoder = new ModelDecoder(kind, frames, path.late + path.lost === 0);
  }

  want(spatialLayer: number, temporalLayer: number): void {
    this.target = { spatialLayer, temporalLayer };
    this.room.consumer.preference = { maxSpatialLayer: spatialLayer, maxTemporalLayer: temporalLayer, priority: 1 };
  }

  run(pictures: number): void {
    for (const end = this.#picture + pictures; this.#picture < end; ) {
      this.#publish();
      this.#deliver();
      this.room.wait(FRAME_MS);
      this.room.tick();
      for (const { encoding, keyFrames } of this.room.producer.streams) {
        if (keyFrames.pollRequest(this.room.now)) this.#keys.add(encoding);
      }
      this.#complain();
      if (this.#picture % 50 === 0) for (const stream of this.room.producer.streams) stream.releaseExpired(this.room.now);
    }
  }

  #publish(): void {
    const picture = this.#picture++;
    let slot = 0;
    for (const [encoding, stream] of this.#streams.entries()) {
      for (const packet of stream.picture(picture, this.#keys.delete(encoding))) {
        let at = picture + slot++ / 1000;
        if (this.#random() < this.#path.late) at += this.#random() * 0.5;
        if (this.#random() < this.#path.lost) {
          if (this.#random() < 0.1) continue;
          at += 1 + this.#random() * 4;
        }
        this.#underWay.push({ at, packet });
      }
    }
  }

  #deliver(): void {
    const arrived = this.#underWay.filter(({ at }) => at < this.#picture).sort((a, b) => a.at - b.at);
    this.#underWay = this.#underWay.filter(({ at }) => at >= this.#picture);
    const before = this.decoder.decoded.length;
    for (let first = 0; first < arrived.length; ) {
      const batch = 1 + Math.floor(this.#random() * 12);
      this.decoder.receive(this.room.publish(...arrived.slice(first, first + batch).map(({ packet }) => packet)));
      first += batch;
    }
    // A decoder takes a picture with all its spatial layers, or none.
    const wanted = this.#streams.length > 1 ? 0 : (this.room.consumer.layers?.spatialLayer ?? 0);
    const isShown = this.decoder.decoded.slice(before).some(({ spatialLayer }) => spatialLayer >= wanted);
    if (isShown) this.#decodedAt = this.#picture;
  }

  /** A receiver without a picture for half a second asks for a key frame. */
  #complain(): void {
    if (this.#picture - this.#decodedAt < 15) return;
    this.#decodedAt = this.#picture;
    const { consumer } = this.room;
    const { replays } = consumer;
    consumer.handleKeyFrameRequest(this.room.now);
    if (consumer.replays > replays) this.decoder.handleRepeat();
  }

  /** Wishes change every few pictures; now and then the receiver pauses, or the path carries nothing. */
  runWithChanges(pictures: number): void {
    const { consumer } = this.room;
    const below = (limit: number) => Math.floor(this.#random() * limit);
    for (const end = this.#picture + pictures; this.#picture < end; ) {
      this.run(1 + below(20));
      const choice = this.#random();
      if (choice < 0.08) {
        consumer.setPaused(true, this.room.now);
        this.run(below(12));
        consumer.setPaused(false, this.room.now);
      } else if (choice < 0.12) {
        consumer.setAllocation(undefined, this.room.now);
        this.run(below(12));
        consumer.setAllocation({ spatialLayer: 7, temporalLayer: 7 }, this.room.now);
      } else {
        this.want(below(3), below(3));
      }
    }
  }
}

function seedsFor(path: Path): number[] {
  return Array.from({ length: 4 }, (_, index) => 1 + index + PATHS.indexOf(path) * 100);
}

for (const video of VIDEOS) {
  const { kind, encodings, spatialLayers } = video;
  const what = encodings > 1 ? `simulcast of ${encodings}` : `${spatialLayers} spatial layers`;
  for (const path of PATHS) {
    test(`${kind}, ${what}, ${path.name}: everything that is forwarded can be decoded, whatever is wanted when`, () => {
      for (const seed of seedsFor(path)) {
        const scene = new Scene(video, path, seed);
        scene.runWithChanges(PICTURES);
        const { decoder } = scene;
        if (path === PATHS[0]) {
          assert.equal(decoder.missing, 0, `seed ${seed}: numbers without gaps`);
          assert.equal(decoder.decoded.length, decoder.started, `seed ${seed}: all frames decoded`);
          assert.equal(decoder.empties, 0);
        }
        scene.want(encodings > 1 || spatialLayers > 1 ? 1 : 0, 1);
        scene.run(SETTLING);
        const { decoded } = decoder;
        const atEnd = decoded.slice(-20);
        const layerOf = (frame: ModelFrame) => (encodings > 1 ? frame.encoding : frame.spatialLayer);
        assert.equal(Math.max(...atEnd.map(layerOf)), scene.target.spatialLayer, `seed ${seed}: the layer that is wanted`);
        assert.equal(Math.max(...atEnd.map(({ temporalLayer }) => temporalLayer)), 1, `seed ${seed}`);
        assert.ok((atEnd.at(-1)?.picture ?? 0) > PICTURES + SETTLING - 30, `seed ${seed}: still going`);
      }
    });
  }
}
