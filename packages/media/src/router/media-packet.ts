import type { PacketMemory } from "../bytes/packet-memory.js";
import { RtpHeader } from "../rtp/rtp-header.js";
import type { HeaderPlan } from "./header-plan.js";

/** Where in a slot the rebuilt header lies: behind the longest packet (1500 bytes), with MAX_HEADER_BYTES of room. */
export const HEADER_PLACE = 1536;

/**
 * One plain RTP packet on its way through the Router: where it lies and what its header said. Reused from batch to batch.
 *
 * Also remembers the last header rebuilt for it ({@link headerFor}), which lies in the unused end of the packet's own slot.
 */
export class MediaPacket {
  readonly header = new RtpHeader();
  /** Of the RTP header's first byte, which is the slot's first byte. */
  offset = 0;
  sizeBytes = 0;
  isKeyFrame = false;
  #plan: HeaderPlan | undefined;
  #headerBytes = 0;

  /** Makes this the packet at `offset`; {@link header} is the caller's to fill. */
  reset(offset: number, sizeBytes: number): void {
    this.offset = offset;
    this.sizeBytes = sizeBytes;
    this.isKeyFrame = false;
    this.#plan = undefined;
  }

  /** Length of the header rebuilt by `plan`, which then lies at {@link headerOffset}. */
  headerFor(plan: HeaderPlan, memory: PacketMemory): number {
    if (this.#plan !== plan) {
      this.#headerBytes = plan.build(memory, this.header, this.offset, this.headerOffset);
      this.#plan = plan;
    }
    return this.#headerBytes;
  }

  get headerOffset(): number {
    return this.offset + HEADER_PLACE;
  }
}
