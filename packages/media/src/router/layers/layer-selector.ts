import { EXTENSION_URI } from "../../rtp/rtp-parameters.js";
import { elapsedMs, type Instant } from "../../time/instant.js";
import {
  type ConsumerLayers,
  type ConsumerParameters,
  type LayerPreference,
  NO_LAYER_LIMIT,
} from "../../transport/parameters.js";
import type { MediaPacket } from "../media-packet.js";
import type { Producer } from "../producer.js";
import type { ReceiveStream } from "../receive-stream.js";
import { createLayerFilter, tellsSpatialLayers } from "./create-layer-filter.js";
import type { LayerFilter } from "./layer-filter.js";
import { PlainFilter } from "./plain-filter.js";
import { MAX_LAYERS } from "./producer-layers.js";
import { SentIds } from "./sent-ids.js";

/** Between two looks at what there is and whether it is what is wanted, ms. */
export const SELECTION_INTERVAL_MS = 100;

/** A key frame that does not come is asked for again after this long, ms (mediasoup: 1 s). */
export const KEY_FRAME_PATIENCE_MS = 1000;

/**
 * A late key frame is begun with, and what came after it is sent along, when that is no more than so many packets: a third of a
 * second of 10 Mbit/s. Beyond it a new key frame costs less.
 */
export const MAX_CATCH_UP_PACKETS = 256;

/** What may be sent at most: no allocator has said anything; or as it said, undefined for nothing. */
type Allocation = "unlimited" | ConsumerLayers | undefined;

/**
 * Decides which layers of a Producer's video one Consumer sends: the best that the receiver wants, the path carries and the
 * publisher sends.
 *
 * With simulcast it changes streams, at key frames only, and keeps the old stream until then; any key frame on the way from
 * here to there is a step (LiveKit). Within a stream a {@link LayerFilter} decides. Key frames are asked for where one is needed,
 * and given up when the publisher stops sending that encoding.
 */
export class LayerSelector {
  readonly #producer: Producer;
  readonly #hasDescriptor: boolean;
  readonly #ids = new SentIds();
  #filter: LayerFilter = new PlainFilter();
  /** The highest spatial layer that the receiver can tell from the lower ones of the stream it gets. */
  #reach = Number.POSITIVE_INFINITY;
  #preference: LayerPreference;
  #allocation: Allocation = "unlimited";
  /** Highest layers wanted; spatial -1 for none. */
  #maxSpatial = MAX_LAYERS - 1;
  #maxTemporal = MAX_LAYERS - 1;
  /** The encoding to get to; -1 for none. */
  #target = -1;
  #stream: ReceiveStream | undefined;
  /** Whose key frame is waited for. */
  #awaited: ReceiveStream | undefined;
  #askedAt: Instant | undefined;
  #nextSelection: Instant | undefined;
  /** Changes of the spatial layer. */
  switches = 0;
  #lastSpatial = -1;

  /** The second argument is what was agreed with the receiver. */
  constructor(producer: Producer, parameters: Pick<ConsumerParameters, "headerExtensions" | "preference">) {
    this.#producer = producer;
    this.#hasDescriptor = parameters.headerExtensions.some(({ uri }) => uri === EXTENSION_URI.dependencyDescriptor);
    this.#preference = parameters.preference ?? NO_LAYER_LIMIT;
    this.#limit();
  }

  /** What the receiver wants, as far as it can take it. */
  get preference(): LayerPreference {
    const { maxSpatialLayer } = this.#preference;
    return maxSpatialLayer <= this.#reach ? this.#preference : { ...this.#preference, maxSpatialLayer: this.#reach };
  }

  /** Takes effect with the next {@link handleTick}. */
  set preference(preference: LayerPreference) {
    this.#preference = preference;
    this.#nextSelection = undefined;
    this.#limit();
  }

  /** The path carries these layers at most; undefined: nothing. */
  setAllocation(layers: ConsumerLayers | undefined, now: Instant): void {
    this.#allocation = layers;
    this.#limit();
    this.select(now);
  }

  /** Nothing may be sent, for the path does not carry it. */
  get isStarved(): boolean {
    return this.#allocation === undefined;
  }

  /** The stream that is being sent; undefined while none is. */
  get stream(): ReceiveStream | undefined {
    return this.#stream;
  }

  /** The stream whose key frame gives the receiver a picture soonest. */
  get wantedStream(): ReceiveStream | undefined {
    return this.#stream ?? this.#awaited ?? this.#producer.streamOf(this.#target);
  }

  get filter(): LayerFilter {
    return this.#filter;
  }

  /** Added to the frame numbers of dependency descriptors since the stream began. */
  get frameNumberOffset(): number {
    return this.#ids.frameNumberOffset;
  }

  /** What is sent now, in layers that there are. */
  get layers(): ConsumerLayers | undefined {
    const stream = this.#stream;
    const { layers } = this.#producer;
    if (stream === undefined) return undefined;
    const spatialLayer = layers.isSimulcast ? stream.encoding : Math.min(this.#filter.spatialLayer, layers.count - 1);
    if (!layers.isActive(spatialLayer)) return undefined;
    return { spatialLayer, temporalLayer: Math.min(this.#filter.temporalLayer, layers.temporalLayers(spatialLayer) - 1) };
  }

  /** The stream to begin with while none is being sent; undefined when none is wanted. */
  get firstStream(): ReceiveStream | undefined {
    if (this.#maxSpatial < 0) return undefined;
    return this.#producer.streamOf(this.#producer.layers.isSimulcast ? this.#bestEncoding() : 0);
  }

  /** Whether a key frame of this stream, which is not the one being sent, is where to go on. */
  canBegin(stream: ReceiveStream, extendedSequenceNumber: number): boolean {
    if (this.#maxSpatial < 0 || !this.canCatchUp(stream, extendedSequenceNumber)) return false;
    if (!this.#producer.layers.isSimulcast || stream.encoding === this.#target) return true;
    const current = this.#stream;
    // Any picture is better than none.
    if (current === undefined || !this.#producer.layers.isActive(current.encoding)) return stream.encoding <= this.#maxSpatial;
    if (stream.encoding > current.encoding) return stream.encoding <= this.#maxSpatial;
    return current.encoding > this.#maxSpatial && stream.encoding > this.#target;
  }

  /** The key frame that came is of no use: another one is needed. */
  handleUseless(): void {
    this.#askedAt = undefined;
  }

  /** Whether what came after this packet is little enough to be sent along with it. */
  canCatchUp(stream: ReceiveStream, extendedSequenceNumber: number): boolean {
    return stream.highest - extendedSequenceNumber <= MAX_CATCH_UP_PACKETS;
  }

  /** Goes on with `packet`, in which a key frame of its stream begins. */
  begin(packet: MediaPacket): void {
    const { stream } = packet;
    this.#stream = stream;
    const hasReach = this.#hasDescriptor || this.#producer.layers.isSimulcast || tellsSpatialLayers(packet, this.#producer);
    this.#reach = hasReach ? Number.POSITIVE_INFINITY : 0;
    this.#limit();
    this.#filter = createLayerFilter(packet, this.#producer, this.#ids);
    this.#filter.setTarget(this.#producer.layers.isSimulcast ? MAX_LAYERS - 1 : this.#maxSpatial, this.#maxTemporal);
    this.#filter.begin(packet);
    if (this.#awaited === stream) this.#awaited = undefined;
    if (this.#producer.layers.isSimulcast) this.#countSwitch(stream?.encoding ?? -1);
  }

  /** Nothing is sent until the next {@link begin}. */
  interrupt(): void {
    this.#stream = undefined;
    this.#nextSelection = undefined;
  }

  /** Whether what arrives of this stream is of use. */
  isWatching(stream: ReceiveStream): boolean {
    return stream === this.#stream || stream === this.#awaited || (!this.#producer.layers.isSimulcast && this.#maxSpatial >= 0);
  }

  /** True when it was time to {@link select} again. */
  handleTick(now: Instant): boolean {
    if (this.#nextSelection !== undefined && now < this.#nextSelection) return false;
    this.select(now);
    return true;
  }

  /** The same, and no key frame that was asked for before is of use. */
  restart(now: Instant): void {
    this.#askedAt = undefined;
    this.select(now);
  }

  /** Looks at what there is, and asks for a key frame where one is needed to get what is wanted. */
  select(now: Instant): void {
    this.#nextSelection = (now + SELECTION_INTERVAL_MS * 1000) as Instant;
    const { layers } = this.#producer;
    if (this.#maxSpatial < 0) {
      this.#target = -1;
      this.#awaited = undefined;
      this.#stream = undefined;
      return;
    }
    if (layers.isSimulcast) this.#target = this.#bestEncoding();
    else this.#target = 0;
    this.#filter.setTarget(layers.isSimulcast ? MAX_LAYERS - 1 : this.#maxSpatial, this.#maxTemporal);
    this.#await(this.#missingStream(), now);
    this.#countSwitch(this.layers?.spatialLayer ?? -1);
  }

  #countSwitch(spatialLayer: number): void {
    if (spatialLayer < 0 || spatialLayer === this.#lastSpatial) return;
    if (this.#lastSpatial >= 0) this.switches++;
    this.#lastSpatial = spatialLayer;
  }

  /** The best encoding being sent that is wanted; if there is none so low, the next one that the path carries. */
  #bestEncoding(): number {
    const { layers } = this.#producer;
    const best = layers.highestActive(this.#maxSpatial);
    if (best >= 0) return best;
    const allocated = this.#allocation === "unlimited" ? MAX_LAYERS - 1 : (this.#allocation?.spatialLayer ?? -1);
    for (let layer = this.#maxSpatial + 1; layer <= allocated; layer++) if (layers.isActive(layer)) return layer;
    // Nothing is being sent now: what was chosen stays.
    return this.#target;
  }

  /** The stream that has to bring a key frame; undefined when all is as it is wanted. */
  #missingStream(): ReceiveStream | undefined {
    const target = this.#producer.streamOf(this.#target);
    const stream = this.#stream;
    if (stream === undefined || stream !== target) return target;
    const { layers } = this.#producer;
    const highest = layers.isSimulcast ? -1 : layers.highestActive(this.#maxSpatial);
    return this.#filter.needsKeyFrame(highest) ? stream : undefined;
  }

  #await(stream: ReceiveStream | undefined, now: Instant): void {
    if (stream !== this.#awaited) {
      this.#awaited = stream;
      this.#askedAt = undefined;
    }
    if (stream === undefined) return;
    const isPatient = this.#askedAt !== undefined && elapsedMs(this.#askedAt, now) < KEY_FRAME_PATIENCE_MS;
    if (isPatient || stream.keyFrames.isWanted) return;
    if (this.#askedAt !== undefined && this.layers === undefined) this.#askAll(now);
    this.#askedAt = now;
    stream.keyFrames.request(now);
  }

  /** The one that was chosen did not answer, and the receiver has no picture: any other will do. */
  #askAll(now: Instant): void {
    for (const stream of this.#producer.streams) {
      if (stream.encoding <= this.#maxSpatial && this.#producer.layers.isActive(stream.encoding)) stream.keyFrames.request(now);
    }
  }

  /** What is wanted and allowed, in one. */
  #limit(): void {
    const allocation = this.#allocation;
    const { maxSpatialLayer, maxTemporalLayer } = this.preference;
    if (allocation === "unlimited") {
      this.#maxSpatial = maxSpatialLayer;
      this.#maxTemporal = maxTemporalLayer;
    } else {
      this.#maxSpatial = Math.min(maxSpatialLayer, allocation?.spatialLayer ?? -1);
      this.#maxTemporal = Math.min(maxTemporalLayer, allocation?.temporalLayer ?? -1);
    }
    this.#maxSpatial = Math.min(MAX_LAYERS - 1, this.#maxSpatial);
    this.#maxTemporal = Math.min(MAX_LAYERS - 1, this.#maxTemporal);
  }
}
