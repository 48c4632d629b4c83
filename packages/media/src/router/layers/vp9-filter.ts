import type { FrameInfo } from "../../codec/frame-info.js";
import type { MediaPacket } from "../media-packet.js";
import type { LayerFilter } from "./layer-filter.js";
import { MAX_LAYERS } from "./producer-layers.js";
import { idsWord, REWRITE } from "./rewrite-word.js";
import type { SentIds } from "./sent-ids.js";
import { TemporalLayers } from "./temporal-layers.js";

/**
 * VP9 by its payload descriptor (RFC 9628 §4.2): SVC, where a picture is a stack of spatial layers, and simulcast, where the
 * spatial layer in the packet says nothing (LiveKit #4594) and only temporal layers are left out.
 *
 * Up a spatial layer at a key picture only: another picture may have a layer that refers to no earlier one, but by then the
 * layer below has gone out as the picture's last. Down at the next picture in full SVC. In k-SVC the lower layers are not
 * needed between key pictures (their frames say so: Z) and left out, so going down needs a key picture too.
 */
export class Vp9Filter implements LayerFilter {
  readonly #ids: SentIds;
  readonly #isSimulcast: boolean;
  readonly #temporal = new TemporalLayers(true);
  #target = MAX_LAYERS - 1;
  #current = MAX_LAYERS - 1;
  /** Before the last change, which was with this extended sequence number, as received. */
  #previous = MAX_LAYERS - 1;
  #changedAt = -1;
  #timestamp = -1;
  /** The highest layer forwarded since the last key picture. */
  #top = 0;
  /** Frames of lower layers have been left out since the last key picture. */
  #isSparse = false;
  /** What is sent since cannot be decoded without what has been left out. */
  #isBroken = false;
  readonly isLost = false;
  rewrite = 0;

  constructor(ids: SentIds, isSimulcast: boolean) {
    this.#ids = ids;
    this.#isSimulcast = isSimulcast;
  }

  get spatialLayer(): number {
    return this.#isSimulcast ? 0 : this.#current;
  }

  get temporalLayer(): number {
    return this.#temporal.current;
  }

  setTarget(spatialLayer: number, temporalLayer: number): void {
    this.#target = spatialLayer;
    this.#temporal.setTarget(temporalLayer);
  }

  needsKeyFrame(highestActive: number): boolean {
    if (this.#isSimulcast) return false;
    return this.#isBroken || this.#current < highestActive || (this.#isSparse && this.#target < this.#top);
  }

  begin({ frame, header }: MediaPacket): void {
    this.#ids.begin(frame);
    this.#temporal.begin();
    this.#startOver();
    this.#changedAt = -1;
    this.#timestamp = header.timestamp;
  }

  accept(packet: MediaPacket): boolean {
    const { frame, header } = packet;
    const received = header.extendedSequenceNumber;
    if (header.timestamp !== this.#timestamp) {
      this.#timestamp = header.timestamp;
      this.#temporal.handlePicture(frame, received);
      if (this.#target < this.#current && !this.#isSparse) this.#change(this.#target, received);
      if (frame.isKeyFrame) {
        this.#change(this.#target, received);
        this.#startOver();
      }
    }
    if (!this.#includes(frame, this.#current)) {
      // The picture ends below the layer that is forwarded instead: that one is not sent any more.
      if (header.marker && frame.spatialLayer < this.#top) this.#isBroken = true;
      return false;
    }
    if (frame.temporalLayer > this.#temporal.current) return false;
    if (frame.spatialLayer > this.#top) this.#top = frame.spatialLayer;
    this.#forward(packet, this.#current);
    return true;
  }

  acceptLate(packet: MediaPacket): boolean {
    const { frame, header } = packet;
    const received = header.extendedSequenceNumber;
    const current = received < this.#changedAt ? this.#previous : this.#current;
    if (!this.#includes(frame, current) || !this.#temporal.includes(frame.temporalLayer, received)) return false;
    this.#forward(packet, current);
    return true;
  }

  #startOver(): void {
    this.#current = this.#target;
    this.#top = 0;
    this.#isSparse = false;
    this.#isBroken = false;
  }

  #includes(frame: FrameInfo, current: number): boolean {
    if (this.#isSimulcast) return true;
    if (frame.spatialLayer > current) return false;
    if (frame.spatialLayer >= Math.min(current, this.#top) || !frame.isInterPicturePredicted) return true;
    if (frame.isNotReferenceForUpperLayers) {
      this.#isSparse = true;
      return false;
    }
    // Needed by the layer above, and refers to frames of its own layer: have they been left out?
    this.#isBroken ||= this.#isSparse;
    return true;
  }

  #change(spatialLayer: number, extendedSequenceNumber: number): void {
    if (spatialLayer === this.#current) return;
    this.#previous = this.#current;
    this.#current = spatialLayer;
    this.#changedAt = extendedSequenceNumber;
  }

  #forward({ frame, header }: MediaPacket, current: number): void {
    this.#ids.handleFrameNumber(frame);
    // The last packet of the picture, as far as the receiver gets it (RFC 9628 §4.1).
    const isLast = header.marker || (!this.#isSimulcast && frame.isFrameEnd && frame.spatialLayer === current);
    this.rewrite = isLast ? REWRITE.marker : 0;
    const pictureId = this.#ids.pictureIdFor(frame);
    const tl0PictureIndex = this.#ids.tl0PictureIndexFor(frame);
    if (pictureId >= 0 || tl0PictureIndex >= 0) this.rewrite |= idsWord(pictureId, tl0PictureIndex);
  }
}
