/** Nonces that are remembered. */
const MAX_NONCES = 100;

/** Tells the second of two copies of one message of the server's API: who sends it again after a timeout sends it once. */
export class NonceCache {
  /** In hexadecimal, oldest first. */
  readonly #seen = new Set<string>();

  /** Whether it is new; an empty one always is. */
  add(nonce: Uint8Array): boolean {
    if (nonce.length === 0) return true;
    const text = Buffer.from(nonce).toString("hex");
    if (this.#seen.has(text)) return false;
    this.#seen.add(text);
    const [oldest] = this.#seen;
    if (oldest !== undefined && this.#seen.size > MAX_NONCES) this.#seen.delete(oldest);
    return true;
  }
}
