import { after, type Instant } from "@sluice/media";

/**
 * Channels are the client's to open where it makes the offers. Only when it has not done so this long after its transport stood, and had a section for
 * them, does the node open one that it needs, ms: earlier, both would open one and there would be two.
 */
const OPEN_PATIENCE_MS = 2_000;

/** Which data channels one Transport has, by label. */
export class TransportChannels {
  readonly #open = new Set<string>();
  /** What the node does not open any more: it has done so, or the channel was there and was closed. */
  readonly #asked = new Set<string>();
  #connectedAt: Instant | undefined;
  #agreedAt: Instant | undefined;

  isOpen(label: string): boolean {
    return this.#open.has(label);
  }

  /** Whether there can be any. */
  get isAgreed(): boolean {
    return this.#agreedAt !== undefined;
  }

  /** The client has offered a section for them. */
  agree(now: Instant): void {
    this.#agreedAt ??= now;
  }

  handleConnected(now: Instant): void {
    this.#connectedAt ??= now;
  }

  handleOpened(label: string): void {
    this.#open.add(label);
  }

  /** It is not opened again by the node: the client has closed it, or its end of the connection is going. */
  handleClosed(label: string): void {
    this.#open.delete(label);
    this.#asked.add(label);
  }

  /** True once: the client could have this channel, and will not open it by itself. */
  shouldOpen(label: string, now: Instant): boolean {
    const [connectedAt, agreedAt] = [this.#connectedAt, this.#agreedAt];
    if (connectedAt === undefined || agreedAt === undefined || this.#open.has(label) || this.#asked.has(label)) return false;
    const couldAt = connectedAt > agreedAt ? connectedAt : agreedAt;
    if (now < after(couldAt, OPEN_PATIENCE_MS)) return false;
    return this.ask(label);
  }

  /** True once: the node opens this channel now. */
  ask(label: string): boolean {
    if (this.#open.has(label) || this.#asked.has(label)) return false;
    this.#asked.add(label);
    return true;
  }
}
