import type { PacketMemory } from "../bytes/packet-memory.js";
import { DependencyInfo } from "../codec/dependency-descriptor/dependency-info.js";
import { FrameInfo } from "../codec/frame-info.js";
import { RtpHeader } from "../rtp/rtp-header.js";
import type { HeaderPlan } from "./header-plan.js";
import { copyDependency } from "./layers/copy-dependency.js";
import type { ReceiveStream } from "./receive-stream.js";

/** Where in a slot the rebuilt header lies: behind the longest packet (1500 bytes), with MAX_HEADER_BYTES of room. */
export const HEADER_PLACE = 1536;

/**
 * One plain RTP packet on its way through the Router: where it lies, what its header said, and what that says about the video
 * frame. Reused from batch to batch.
 *
 * Also remembers the last header rebuilt for it ({@link headerFor}), which lies in the unused end of the packet's own slot,
 * unless another place was given: two of these objects must not share a slot's end.
 */
export class MediaPacket {
  readonly header = new RtpHeader();
  /** Of video, once the {@link stream} has taken or read the packet. */
  readonly frame = new FrameInfo();
  /** That it belongs to, once a Producer has taken it. */
  stream: ReceiveStream | undefined;
  /** Of the RTP header's first byte, which is the slot's first byte. */
  offset = 0;
  sizeBytes = 0;
  /** How long it had waited to be read, µs. */
  ageUs = 0;
  /** Of the dependency descriptor (AV1 RTP specification §A.8), -1 when there is none. */
  descriptorOffset = -1;
  #plan: HeaderPlan | undefined;
  #headerBytes = 0;
  /** Of the header rebuilt last: see {@link HeaderPlan}. */
  stampAt = 0;
  #rebuiltDescriptorOffset = -1;
  readonly #headerPlace: number;
  #dependency: DependencyInfo | undefined;

  /** `headerPlace`: where in the packet memory rebuilt headers go instead. */
  constructor(headerPlace = -1) {
    this.#headerPlace = headerPlace;
  }

  /** Makes this the packet at `offset`; {@link header} is the caller's to fill. */
  reset(offset: number, sizeBytes: number): void {
    this.offset = offset;
    this.sizeBytes = sizeBytes;
    this.descriptorOffset = -1;
    this.#plan = undefined;
  }

  /** Length of the header rebuilt by `plan`, which then lies at {@link headerOffset}. */
  headerFor(plan: HeaderPlan, memory: PacketMemory): number {
    if (this.#plan !== plan) {
      this.#headerBytes = plan.build(memory, this.header, this.offset, this.headerOffset, this.descriptorOffset);
      this.stampAt = plan.stampAt;
      this.#rebuiltDescriptorOffset = plan.foundAt;
      this.#plan = plan;
    }
    return this.#headerBytes;
  }

  /** Of the dependency descriptor in the header that {@link headerFor} has rebuilt; -1 when it has none. */
  get rebuiltDescriptorOffset(): number {
    return this.#rebuiltDescriptorOffset;
  }

  get headerOffset(): number {
    return this.#headerPlace < 0 ? this.offset + HEADER_PLACE : this.#headerPlace;
  }

  /** Makes what the dependency descriptor says the packet's own, for as long as it is this packet. */
  keepDependency(): void {
    const { dependency } = this.frame;
    if (dependency === undefined) return;
    this.#dependency ??= new DependencyInfo();
    copyDependency(dependency, this.#dependency);
    this.frame.dependency = this.#dependency;
  }
}
