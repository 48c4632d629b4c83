import { SluiceError } from "@sluice/protocol";

/** How many WebSockets are open from each address, at all doors together. */
export class ConnectionsByIp {
  readonly #max: number;
  readonly #counts = new Map<string, number>();

  constructor(max: number) {
    this.#max = max;
  }

  /** Returns what takes the connection off the count again. Throws SluiceError `resourceExhausted`. */
  count(ip: string): () => void {
    const count = this.#counts.get(ip) ?? 0;
    if (count >= this.#max) throw new SluiceError("resourceExhausted", `more than ${this.#max} connections from one address`);
    this.#counts.set(ip, count + 1);
    return () => {
      const left = (this.#counts.get(ip) ?? 1) - 1;
      if (left === 0) this.#counts.delete(ip);
      else this.#counts.set(ip, left);
    };
  }
}
