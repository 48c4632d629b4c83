import type { RtpCodec } from "../rtp/rtp-parameters.js";
import { findUnwrapped, mapPayloadTypes, mapRtxPayloadTypes } from "./codec-binding.js";

/** Plans that are shared; a room's receivers come from a handful of browsers. */
const MAX_SHARED_PLANS = 64;

/** How a publisher's payload types become one receiver's. */
export interface CodecPlan {
  /** By the publisher's payload type: the receiver's; -1 where it cannot take it. */
  readonly payloadTypes: Int16Array;
  /** By the publisher's payload type: 1 for RED of which the receiver gets the primary block alone. */
  readonly isUnwrapped: Uint8Array;
  /** By the receiver's media payload type: that of its RTX; -1 where it has none. */
  readonly rtxPayloadTypes: Int16Array;
}

/** Interns plans, so that receivers that negotiated alike read the same few cache lines on the packet path. */
export class CodecPlans {
  /** Beyond {@link MAX_SHARED_PLANS} they are not shared. */
  readonly #plans = new Map<string, CodecPlan>();

  planFor(publisher: readonly RtpCodec[], receiver: readonly RtpCodec[]): CodecPlan {
    const made = {
      payloadTypes: mapPayloadTypes(publisher, receiver),
      isUnwrapped: findUnwrapped(publisher, receiver),
      rtxPayloadTypes: mapRtxPayloadTypes(receiver),
    };
    const key = `${made.payloadTypes.join()} ${made.isUnwrapped.join()} ${made.rtxPayloadTypes.join()}`;
    const found = this.#plans.get(key);
    if (found !== undefined) return found;
    if (this.#plans.size < MAX_SHARED_PLANS) this.#plans.set(key, made);
    return made;
  }
}
