import type { CryptoPort } from "../crypto/crypto-port.js";
import { after, elapsedMs, type Instant } from "../time/instant.js";
import type { SctpConstants } from "./sctp-constants.js";
import { CHUNK } from "./wire/chunk.js";
import { serializeChunk } from "./wire/packet-writer.js";
import { serializeParameter } from "./wire/type-length-value.js";

/** Heartbeat Info (RFC 9260 §3.3.5). */
const HEARTBEAT_INFO = 1;

const NONCE_BYTES = 8;

/** Asks an idle peer whether it is still there (RFC 9260 §8.3). */
export class Heartbeat {
  readonly #constants: SctpConstants;
  readonly #crypto: Pick<CryptoPort, "randomBytes">;
  #dueAt: Instant;
  #open: { readonly chunk: Uint8Array; readonly sentAt: Instant } | undefined;

  constructor(constants: SctpConstants, crypto: Pick<CryptoPort, "randomBytes">, now: Instant) {
    this.#constants = constants;
    this.#crypto = crypto;
    this.#dueAt = after(now, constants.heartbeatIntervalMs);
  }

  pollTimeout(): Instant {
    return this.#dueAt;
  }

  /** The peer has been heard of. */
  handleSign(now: Instant): void {
    if (this.#open === undefined) this.#dueAt = after(now, this.#constants.heartbeatIntervalMs);
  }

  /** Value of a HEARTBEAT ACK; the round trip in ms when it answers ours. */
  handleAnswer(value: Uint8Array, now: Instant): number | undefined {
    const sent = this.#open?.chunk.subarray(4);
    if (this.#open === undefined || sent?.length !== value.length) return undefined;
    if (!sent.every((byte, index) => byte === value[index])) return undefined;
    const roundTripMs = elapsedMs(this.#open.sentAt, now);
    this.#open = undefined;
    this.handleSign(now);
    return roundTripMs;
  }

  /** The chunk to send when it is time; `isUnanswered`: the one before was not answered. `timeoutMs`: the RTO. */
  handleTimeout(timeoutMs: number, now: Instant): { readonly chunk: Uint8Array; readonly isUnanswered: boolean } | undefined {
    if (this.#dueAt > now) return undefined;
    const isUnanswered = this.#open !== undefined;
    const info = serializeParameter(HEARTBEAT_INFO, this.#crypto.randomBytes(NONCE_BYTES));
    const chunk = serializeChunk(CHUNK.heartbeat, info);
    this.#open = { chunk, sentAt: now };
    this.#dueAt = after(now, timeoutMs);
    return { chunk, isUnanswered };
  }
}
