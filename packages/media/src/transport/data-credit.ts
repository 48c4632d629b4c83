/** What each message costs beyond its bytes: an event, and an envelope on its way to another process. */
const MESSAGE_OVERHEAD_BYTES = 256;

/**
 * How many bytes of data messages the owner of a core can still take. When the credit is spent, messages stay in their associations,
 * whose windows close: senders wait, and no queue grows between here and there.
 */
export class DataCredit {
  #bytes: number;

  /** `bytes`: Infinity for an owner that takes everything. */
  constructor(bytes: number) {
    this.#bytes = bytes;
  }

  get isSpent(): boolean {
    return this.#bytes <= 0;
  }

  /** A message of so many bytes has been handed over. */
  spend(payloadBytes: number): void {
    this.#bytes -= payloadBytes + MESSAGE_OVERHEAD_BYTES;
  }

  /** The owner is done with a message of so many bytes. */
  restore(payloadBytes: number): void {
    this.#bytes += payloadBytes + MESSAGE_OVERHEAD_BYTES;
  }
}
