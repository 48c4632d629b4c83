/** How often one thing went wrong, with the first message that said so. */
export interface ErrorCount {
  readonly code: string;
  readonly message: string;
  readonly count: number;
}

/** Codes told apart: there are about thirty; a broken server may make up more, which are one. */
const MAX_CODES = 64;
const OTHER = "other";
/** Of a message that is kept. */
const MAX_MESSAGE_LENGTH = 300;

/** Errors by code. */
export class ErrorTally {
  readonly #counts = new Map<string, { message: string; count: number }>();
  #total = 0;

  get total(): number {
    return this.#total;
  }

  add(code: string, message: string, count = 1): void {
    if (count === 0) return;
    this.#total += count;
    const key = this.#counts.has(code) || this.#counts.size < MAX_CODES ? code : OTHER;
    const known = this.#counts.get(key);
    if (known === undefined) this.#counts.set(key, { message: message.slice(0, MAX_MESSAGE_LENGTH), count });
    else known.count += count;
  }

  /** The most frequent first. */
  list(): ErrorCount[] {
    return [...this.#counts].map(([code, rest]) => ({ code, ...rest })).sort((a, b) => b.count - a.count);
  }

  /** What was counted so far; then there is nothing. */
  take(): ErrorCount[] {
    const list = this.list();
    this.#counts.clear();
    this.#total = 0;
    return list;
  }
}
