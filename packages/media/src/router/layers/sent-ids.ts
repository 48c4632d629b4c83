import type { FrameInfo } from "../../codec/frame-info.js";
import { SequenceTranslator } from "../sequence-translator.js";

/**
 * The ids of frames as one receiver gets them, continued from stream to stream: picture ids and TL0PICIDX of VP8 and VP9,
 * frame numbers of dependency descriptors.
 *
 * Within a stream all but VP8's picture ids differ from the publisher's by a constant: references are differences of these
 * ids (VP9 P_DIFF and picture groups, RFC 9628 §4.2; frame differences, AV1 RTP specification §A.4), and frames left out leave
 * gaps that decoders expect. libwebrtc's VP8 receiver, however, waits for every picture id that is missing.
 */
export class SentIds {
  /** VP8: of unwrapped picture ids. */
  readonly pictures = new SequenceTranslator();
  #pictureId = -1;
  #pictureIdOffset = 0;
  #tl0PictureIndex = -1;
  #tl0PictureIndexOffset = 0;
  #frameNumber = -1;
  #frameNumberOffset = 0;

  /** Added to frame numbers since the last {@link begin}. */
  get frameNumberOffset(): number {
    return this.#frameNumberOffset;
  }

  /** The next frame is another stream's, or comes after a pause: its ids follow on the last ones sent. */
  begin({ pictureId, tl0PictureIndex, dependency }: FrameInfo): void {
    if (pictureId >= 0 && this.#pictureId >= 0) this.#pictureIdOffset = this.#pictureId + 1 - pictureId;
    if (tl0PictureIndex >= 0 && this.#tl0PictureIndex >= 0) {
      this.#tl0PictureIndexOffset = this.#tl0PictureIndex + 1 - tl0PictureIndex;
    }
    if (dependency !== undefined && this.#frameNumber >= 0) {
      this.#frameNumberOffset = (this.#frameNumber + 1 - dependency.frameNumber) & 0xffff;
    }
  }

  /** TL0PICIDX to send, 0–255; -1 where there is none. */
  tl0PictureIndexFor({ tl0PictureIndex }: FrameInfo): number {
    if (tl0PictureIndex < 0) return -1;
    const sent = (tl0PictureIndex + this.#tl0PictureIndexOffset) & 0xff;
    if (isAhead(sent, this.#tl0PictureIndex, 0xff)) this.#tl0PictureIndex = sent;
    return sent;
  }

  /** VP9: picture id to send, in as many bits as the publisher's has; -1 where there is none. */
  pictureIdFor({ pictureId, pictureIdBytes }: FrameInfo): number {
    if (pictureId < 0) return -1;
    const mask = pictureIdBytes === 2 ? 0x7fff : 0x7f;
    const sent = (pictureId + this.#pictureIdOffset) & mask;
    if (isAhead(sent, this.#pictureId, mask)) this.#pictureId = sent;
    return sent;
  }

  /** Notes that the frame goes out. */
  handleFrameNumber({ dependency }: FrameInfo): void {
    if (dependency === undefined) return;
    const sent = (dependency.frameNumber + this.#frameNumberOffset) & 0xffff;
    if (isAhead(sent, this.#frameNumber, 0xffff)) this.#frameNumber = sent;
  }
}

/** Whether `id` comes after `before` in a space of `mask` + 1 ids that wrap; -1 is before all. */
function isAhead(id: number, before: number, mask: number): boolean {
  return before < 0 || ((id - before) & mask) <= mask >> 1;
}
