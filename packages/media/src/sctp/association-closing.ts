import { after, type Instant } from "../time/instant.js";
import { CHUNK } from "./wire/chunk.js";
import { serializeChunk, serializeNumberChunk } from "./wire/packet-writer.js";

type ClosingState =
  | { readonly type: "open" }
  /** One side has nothing more to say; what is under way still arrives. */
  | { readonly type: "pending" }
  | { readonly type: "shutdownSent" }
  | { readonly type: "shutdownReceived" }
  | { readonly type: "shutdownAckSent" }
  | { readonly type: "complete" };

/** How an association ends in good order (RFC 9260 §9.2): SHUTDOWN, SHUTDOWN ACK, SHUTDOWN COMPLETE. */
export class AssociationClosing {
  #state: ClosingState = { type: "open" };
  /** T2-shutdown. */
  #retryAt: Instant | undefined;
  #isDue = false;
  #mustComplete = false;

  /** No more messages are taken. */
  get hasBegun(): boolean {
    return this.#state.type !== "open";
  }

  get isComplete(): boolean {
    return this.#state.type === "complete" && !this.#mustComplete;
  }

  begin(): void {
    if (this.#state.type === "open") this.#state = { type: "pending" };
  }

  /** The peer wants to end. */
  handleShutdown(): void {
    if (this.#state.type === "shutdownSent") this.#enter({ type: "shutdownAckSent" });
    else if (this.#state.type === "open" || this.#state.type === "pending") this.#state = { type: "shutdownReceived" };
    else if (this.#state.type === "shutdownAckSent") this.#isDue = true;
  }

  handleShutdownAck(): void {
    if (this.#state.type !== "shutdownSent" && this.#state.type !== "shutdownAckSent") return;
    this.#state = { type: "complete" };
    this.#mustComplete = true;
    this.#retryAt = undefined;
  }

  handleShutdownComplete(): void {
    if (this.#state.type !== "shutdownAckSent") return;
    this.#state = { type: "complete" };
    this.#retryAt = undefined;
  }

  /** [RFC9260 §9.2] DATA that comes after our SHUTDOWN is answered with it once more. */
  handleData(): void {
    if (this.#state.type === "shutdownSent") this.#isDue = true;
  }

  pollTimeout(): Instant | undefined {
    return this.#retryAt;
  }

  /** True when the peer has not answered in time. */
  handleTimeout(now: Instant): boolean {
    if (this.#retryAt === undefined || this.#retryAt > now) return false;
    this.#retryAt = undefined;
    this.#isDue = true;
    return true;
  }

  /** The chunk to send now. `isDrained`: all our messages have arrived; `cumulativeTsn`: of what we have received. */
  pollChunk(isDrained: boolean, cumulativeTsn: number, timeoutMs: number, now: Instant): Uint8Array | undefined {
    if (this.#mustComplete) {
      this.#mustComplete = false;
      return serializeChunk(CHUNK.shutdownComplete);
    }
    if (isDrained && this.#state.type === "pending") this.#enter({ type: "shutdownSent" });
    else if (isDrained && this.#state.type === "shutdownReceived") this.#enter({ type: "shutdownAckSent" });
    if (!this.#isDue) return undefined;
    this.#isDue = false;
    this.#retryAt = after(now, timeoutMs);
    if (this.#state.type === "shutdownSent") return serializeNumberChunk(CHUNK.shutdown, cumulativeTsn);
    return serializeChunk(CHUNK.shutdownAck);
  }

  #enter(state: ClosingState): void {
    this.#state = state;
    this.#isDue = true;
  }
}
