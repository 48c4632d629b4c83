import { transactionKey } from "../stun/transaction-key.js";
import { isSameAddress, type TransportAddress } from "../transport/transport-address.js";

/**
 * Remembers from which address the latest authentic requests came, so that a captured one that is sent again from elsewhere is
 * told from a retransmission. Ids are 96 random bits and every check has its own (RFC 8489 §5), so nothing honest repeats one
 * from a second address.
 */
export class SeenTransactions {
  readonly #capacity: number;
  /** Insertion order is age. */
  readonly #sources = new Map<string, TransportAddress>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** False when this id came from another address before. Remembers it otherwise. */
  isFrom(transactionId: Uint8Array, source: TransportAddress): boolean {
    const key = transactionKey(transactionId);
    const before = this.#sources.get(key);
    if (before !== undefined) return isSameAddress(before, source);
    if (this.#sources.size >= this.#capacity) {
      for (const oldest of this.#sources.keys()) {
        this.#sources.delete(oldest);
        break;
      }
    }
    this.#sources.set(key, source);
    return true;
  }
}
