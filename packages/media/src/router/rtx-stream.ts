import { SCRATCH } from "../bytes/packet-memory.js";
import type { HeaderPlan } from "./header-plan.js";
import type { RtpOutlet } from "./rtp-outlet.js";
import { NO_STAMP } from "./sent-packet-log.js";

/** The RTX stream (RFC 4588) beside one Consumer's media: its own SSRC and numbers. Payloads are put into the scratch packet. */
export class RtxStream {
  readonly ssrc: number;
  readonly #payloadTypes: Int16Array;
  readonly #plan: HeaderPlan;
  readonly #outlet: RtpOutlet;
  readonly #isAudio: boolean;
  /** Of any RTX that the receiver takes here; -1 without. */
  readonly #paddingPayloadType: number;
  #sequenceNumber = 0;

  /** `payloadTypes`: by the receiver's media payload type, -1 where there is none. */
  constructor(ssrc: number, payloadTypes: Int16Array, plan: HeaderPlan, outlet: RtpOutlet, isAudio: boolean) {
    this.ssrc = ssrc;
    this.#payloadTypes = payloadTypes;
    this.#plan = plan;
    this.#outlet = outlet;
    this.#isAudio = isAudio;
    this.#paddingPayloadType = payloadTypes.find((payloadType) => payloadType >= 0) ?? -1;
  }

  /** For media of this payload type; -1 when the receiver takes no RTX of it. */
  payloadTypeFor(payloadType: number): number {
    return this.#payloadTypes[payloadType] as number;
  }

  /** Whether something can be sent that the receiver throws away. */
  get canSendPadding(): boolean {
    return this.#paddingPayloadType >= 0;
  }

  /** Sends one packet of `sizeBytes` padding (1–255) and nothing else (RFC 4588 has no empty packet, RFC 3550 §5.1 does). */
  sendPadding(sizeBytes: number, timestamp: number): boolean {
    if (!this.canSendPadding) return false;
    const { memory } = this.#outlet;
    const headerBytes = this.#plan.buildBare(memory, SCRATCH.header);
    memory.bytes[SCRATCH.header] = (memory.bytes[SCRATCH.header] as number) | 0x20;
    memory.bytes.fill(0, SCRATCH.packet, SCRATCH.packet + sizeBytes);
    memory.bytes[SCRATCH.packet + sizeBytes - 1] = sizeBytes;
    return this.send(SCRATCH.header, headerBytes, this.#paddingPayloadType, timestamp, sizeBytes, this.#plan.stampAt);
  }

  /** Sends what lies in the scratch packet under the next number, with the header at `header`. */
  send(
    header: number,
    headerBytes: number,
    markerAndPayloadType: number,
    timestamp: number,
    sizeBytes: number,
    stampAt: number,
  ): boolean {
    const isSent = this.#outlet.sendRtp(
      header,
      headerBytes,
      markerAndPayloadType,
      this.ssrc,
      this.#sequenceNumber,
      timestamp,
      SCRATCH.packet,
      sizeBytes,
      this.#isAudio,
      stampAt,
      NO_STAMP,
      true,
    );
    if (isSent) this.#sequenceNumber++;
    return isSent;
  }
}
