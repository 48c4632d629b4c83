/**
 * Cuts encoded frames into RTP payloads, for our own clients: one frame goes in, then
 * {@link pollPayload} writes payload after payload until it says 0.
 */
export interface Packetizer {
  /** Takes the next frame (one picture, or one audio packet), which must stay unchanged until it is polled out. Drops what is left of the last one. */
  handleFrame(frame: Uint8Array): void;

  /**
   * Writes the next payload into `target` from `offset` on, where there must be room for the packetizer's longest payload.
   *
   * @returns its size in bytes; 0 when the frame is done
   */
  pollPayload(target: Uint8Array, offset: number): number;

  /** Whether the frame is done: after the last payload this is what its RTP marker bit says (for video). */
  readonly isFrameDone: boolean;
}

/** Payload bytes that leave room for IP, UDP, RTP with header extensions and SRTP within 1280 bytes, the least IPv6 carries. */
export const DEFAULT_MAX_PAYLOAD_BYTES = 1_120;
