import { after, type Instant } from "../time/instant.js";
import type { NtpTime } from "../time/ntp-time.js";
import type { VirtualCall } from "./virtual-call.js";
import type { VirtualLink } from "./virtual-network.js";

const FRAME_MS = 33;

/** 8 packets of 1,000 bytes a frame are 2 Mbit/s. */
export const PACKETS_PER_FRAME = 8;

/** Media time in a frame, in ticks of 90 kHz: 30 frames a second. */
const FRAME_TICKS = 3000;

/** Alice's camera: frames of numbered packets at 30 frames/s; every key frame that is asked for is made. */
export class VirtualCamera {
  readonly #call: VirtualCall<VirtualLink>;
  readonly #packetsPerFrame: number;
  #next: Instant;
  #frame = 0;
  sent = 0;
  keyFrames = 0;
  /** By packet number. */
  readonly sentAt: Instant[] = [];

  constructor(call: VirtualCall<VirtualLink>, packetsPerFrame = PACKETS_PER_FRAME) {
    this.#call = call;
    this.#packetsPerFrame = packetsPerFrame;
    this.#next = call.network.now;
  }

  /** To be called at every step of the network. */
  handleStep(now: Instant): void {
    if (now < this.#next) return;
    this.#next = after(this.#next, FRAME_MS);
    const { alice, source } = this.#call;
    const isKeyFrame = source.pollKeyFrameRequest(now) || this.#frame === 0;
    if (isKeyFrame) this.keyFrames++;
    const timestamp = this.#frame * FRAME_TICKS;
    for (let part = 0; part < this.#packetsPerFrame; part++) {
      const payload = new Uint8Array(1000).fill(this.sent & 0xff);
      // VP8 descriptor: S bit on the frame's first packet; then the frame's first byte, whose low bit is 0 in key frames.
      payload[0] = part === 0 ? 0x10 : 0x00;
      payload[1] = isKeyFrame ? 0x00 : 0x01;
      new DataView(payload.buffer).setUint32(4, this.sent);
      const isMarked = part === this.#packetsPerFrame - 1;
      if (!alice.core.sendLocal(source, payload, timestamp, isMarked, now)) throw new Error("no room for a packet");
      this.sentAt.push(now);
      this.sent++;
    }
    source.setClock((3_900_000_000_000 + now / 1000) as NtpTime, timestamp);
    this.#frame++;
  }
}
