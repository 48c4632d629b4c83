import { after, type Instant } from "@sluice/media";
import type { DataFormat } from "../join-parameters.js";
import type { DataMessage } from "./data-message.js";

/**
 * From joining, or from losing a Transport, to an open channel, ms: a browser on a far path takes two seconds. Messages that only a
 * channel can carry wait so long for it, because greeting a newcomer with a long message is what people do.
 */
const CHANNEL_PATIENCE_MS = 5_000;

/** What may wait for one participant, bytes; beyond, messages are undelivered. */
const MAX_HELD_BYTES = 1_048_576;
/** What a waiting message costs beyond its payload, bytes. */
const MESSAGE_OVERHEAD_BYTES = 256;

/** One participant as a receiver of reliable data while its channel is not open: what waits for that, and how long. */
export class DataReceiver {
  readonly format: DataFormat;
  #deadline: Instant;
  #transportId: string | undefined;
  #held: DataMessage[] = [];
  #heldBytes = 0;
  #mayReplay = false;

  /** It has just joined. */
  constructor(format: DataFormat, now: Instant) {
    this.format = format;
    this.#deadline = after(now, CHANNEL_PATIENCE_MS);
  }

  /** Later messages have to wait too, or they would overtake. */
  get isHolding(): boolean {
    return this.#held.length > 0;
  }

  /** When what waits has waited enough. */
  get deadline(): Instant {
    return this.#deadline;
  }

  /** A channel may be on its way until then. */
  isExpecting(now: Instant): boolean {
    return now < this.#deadline;
  }

  /** Its media is gone, or has come, or another Transport takes the place of the one before. */
  handleTransport(transportId: string | undefined, now: Instant): void {
    if (this.#transportId === transportId) return;
    this.#deadline = after(now, CHANNEL_PATIENCE_MS);
    this.#transportId = transportId;
  }

  allowReplay(): void {
    this.#mayReplay = true;
  }

  /** True once after each {@link allowReplay}. */
  useReplay(): boolean {
    const mayReplay = this.#mayReplay;
    this.#mayReplay = false;
    return mayReplay;
  }

  /** False: there is no room. */
  hold(message: DataMessage): boolean {
    const bytes = (message.sizeBytes(this.format) ?? 0) + MESSAGE_OVERHEAD_BYTES;
    if (this.#heldBytes + bytes > MAX_HELD_BYTES) return false;
    this.#held.push(message);
    this.#heldBytes += bytes;
    return true;
  }

  take(): readonly DataMessage[] {
    this.#heldBytes = 0;
    return this.#held.splice(0);
  }
}
