import { SLOT_BYTES } from "@sluice/media";

/** The length before each frame (RFC 4571 §2). */
export const FRAME_HEADER_BYTES = 2;
/** Longest frame that is taken: more fits no slot, and is no packet of WebRTC's. */
export const MAX_FRAME_BYTES = SLOT_BYTES;

/** "tooLong": where the next frame begins cannot be trusted any more. "stopped": the taker wants no more. */
export type FrameOutcome = "ok" | "tooLong" | "stopped";

/**
 * Takes the packets out of a TCP stream (RFC 4571 §2, as RFC 6544 §3 has it for ICE: a length of 16 bits, then the packet).
 *
 * What the stream has brought of an unfinished frame is kept, never more than one frame.
 */
export class FrameReader {
  /** Header and frame; made for the first frame that comes in parts. */
  #held: Uint8Array | undefined;
  #heldBytes = 0;

  /** Gives each frame that `chunk` completes to `take`, as a view that is valid during the call. False of `take`: stop here. */
  read(chunk: Uint8Array, take: (frame: Uint8Array) => boolean): FrameOutcome {
    let at = 0;
    while (at < chunk.length) {
      if (this.#heldBytes === 0) {
        const end = frameEnd(chunk, at, chunk.length);
        if (end > at + FRAME_HEADER_BYTES + MAX_FRAME_BYTES) return "tooLong";
        if (end <= chunk.length) {
          if (!take(chunk.subarray(at + FRAME_HEADER_BYTES, end))) return "stopped";
          at = end;
          continue;
        }
      }
      const held = this.#hold();
      const wanted = Math.min(frameEnd(held, 0, this.#heldBytes) - this.#heldBytes, chunk.length - at);
      held.set(chunk.subarray(at, at + wanted), this.#heldBytes);
      this.#heldBytes += wanted;
      at += wanted;
      const end = frameEnd(held, 0, this.#heldBytes);
      if (end > held.length) return "tooLong";
      if (end > this.#heldBytes) continue;
      this.#heldBytes = 0;
      if (!take(held.subarray(FRAME_HEADER_BYTES, end))) return "stopped";
    }
    return "ok";
  }

  #hold(): Uint8Array {
    this.#held ??= new Uint8Array(FRAME_HEADER_BYTES + MAX_FRAME_BYTES);
    return this.#held;
  }
}

/** Where the frame that begins at `start` ends; while its header is not there, where that would end, or one byte more than there is. */
function frameEnd(bytes: Uint8Array, start: number, available: number): number {
  if (available - start < FRAME_HEADER_BYTES) return start + FRAME_HEADER_BYTES;
  return start + FRAME_HEADER_BYTES + (((bytes[start] as number) << 8) | (bytes[start + 1] as number));
}
