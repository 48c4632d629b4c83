import type { FrameInfo } from "../../codec/frame-info.js";
import type { MediaPacket } from "../media-packet.js";
import type { LayerFilter } from "./layer-filter.js";
import { extendPictureId } from "./picture-id-extension.js";
import { idsWord, REWRITE } from "./rewrite-word.js";
import type { SentIds } from "./sent-ids.js";
import { TemporalLayers } from "./temporal-layers.js";

/** In place of a picture id: no packet of the frame has been forwarded yet. */
const UNTOLD = -2;

/**
 * VP8: one spatial layer, up to four temporal layers (RFC 7741 §4.2). Picture ids have no gaps where frames are left out, and
 * have those of frames that are lost.
 */
export class Vp8Filter implements LayerFilter {
  readonly spatialLayer = 0;
  readonly isLost = false;
  rewrite = 0;
  readonly #ids: SentIds;
  readonly #temporal = new TemporalLayers(false);
  #timestamp = -1;
  /** Of the newest frame, unwrapped. */
  #pictureId = -1;
  /** The same as the packets say it, which are all alike within a frame; and what the frame's ids became. */
  #toldPictureId = UNTOLD;
  #toldTl0PictureIndex = -1;
  #toldTemporalLayer = -1;
  #idsWord = 0;

  constructor(ids: SentIds) {
    this.#ids = ids;
  }

  get temporalLayer(): number {
    return this.#temporal.current;
  }

  setTarget(_spatialLayer: number, temporalLayer: number): void {
    this.#temporal.setTarget(temporalLayer);
  }

  needsKeyFrame(): boolean {
    return false;
  }

  begin({ frame, header }: MediaPacket): void {
    this.#temporal.begin();
    this.#ids.begin(frame);
    // Unwrapped from the middle of nowhere, so that the ids of earlier frames are not negative.
    this.#pictureId = frame.pictureId + 0x8000;
    if (frame.pictureId >= 0) this.#ids.pictures.begin(this.#pictureId);
    this.#timestamp = header.timestamp;
    this.#toldPictureId = UNTOLD;
  }

  accept({ frame, header }: MediaPacket): boolean {
    if (header.timestamp === this.#timestamp && this.#isTold(frame)) {
      this.rewrite = this.#idsWord | (header.marker ? REWRITE.marker : 0);
      return true;
    }
    const received = header.extendedSequenceNumber;
    if (header.timestamp !== this.#timestamp) {
      this.#timestamp = header.timestamp;
      this.#toldPictureId = UNTOLD;
      this.#temporal.handlePicture(frame, received);
      if (frame.pictureId >= 0) this.#handlePictureId(frame);
    }
    if (frame.temporalLayer > this.#temporal.current) {
      if (frame.pictureId >= 0) this.#ids.pictures.leaveOut(this.#pictureId);
      return false;
    }
    if (!this.#forward(frame, header.marker, this.#pictureId)) return false;
    this.#toldPictureId = frame.dependency === undefined ? frame.pictureId : UNTOLD;
    this.#toldTl0PictureIndex = frame.tl0PictureIndex;
    this.#toldTemporalLayer = frame.temporalLayer;
    this.#idsWord = this.rewrite & ~REWRITE.marker;
    return true;
  }

  acceptLate({ frame, header }: MediaPacket): boolean {
    if (!this.#temporal.includes(frame.temporalLayer, header.extendedSequenceNumber)) return false;
    return this.#forward(frame, header.marker, extendPictureId(frame, this.#pictureId));
  }

  /** Whether a packet before it, of the same frame, was forwarded and says the same. */
  #isTold({ pictureId, tl0PictureIndex, temporalLayer }: FrameInfo): boolean {
    return (
      pictureId === this.#toldPictureId &&
      tl0PictureIndex === this.#toldTl0PictureIndex &&
      temporalLayer === this.#toldTemporalLayer
    );
  }

  #handlePictureId(frame: FrameInfo): void {
    const pictureId = extendPictureId(frame, this.#pictureId);
    // A newer frame with an older id: the encoder started over.
    if (this.#ids.pictures.isLate(pictureId)) this.#ids.pictures.begin(pictureId);
    this.#pictureId = pictureId;
  }

  #forward(frame: FrameInfo, isMarked: boolean, pictureId: number): boolean {
    this.rewrite = isMarked ? REWRITE.marker : 0;
    this.#ids.handleFrameNumber(frame);
    const tl0PictureIndex = this.#ids.tl0PictureIndexFor(frame);
    let sent = frame.pictureId;
    if (sent >= 0) {
      sent = this.#ids.pictures.translate(pictureId);
      if (sent < 0) return false;
    }
    if (sent >= 0 || tl0PictureIndex >= 0) this.rewrite |= idsWord(sent, tl0PictureIndex);
    return true;
  }
}
