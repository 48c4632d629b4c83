import { after, earliest, type Instant } from "../time/instant.js";
import { isSameAddress, type TransportAddress } from "../transport/transport-address.js";

/** RFC 8445 §6.1.2.6; a pair here is a remote address, because we send from one socket. */
export type PairState =
  /** To be checked when its turn comes. */
  | { readonly type: "waiting" }
  /** To be checked next: the peer has just reached us from there (RFC 8445 §7.3.1.4). */
  | { readonly type: "triggered" }
  | { readonly type: "inProgress" }
  /** Answered last at `answeredAt`, which is the peer's consent; to be asked again at `consentCheckAt`. */
  | { readonly type: "succeeded"; readonly answeredAt: Instant; readonly consentCheckAt: Instant }
  | { readonly type: "failed" };

export interface CandidatePair {
  readonly remote: TransportAddress;
  /** Of the remote candidate: with one local candidate it orders the pairs as the pair priority would. */
  priority: number;
  state: PairState;
}

export interface SucceededPair extends CandidatePair {
  state: PairState & { readonly type: "succeeded" };
}

/** The pairs of a controlling agent: no address twice, best first, never more than `capacity` (RFC 8445 §6.1.2). */
export class CheckList {
  readonly #capacity: number;
  #pairs: CandidatePair[] = [];

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get pairs(): readonly CandidatePair[] {
    return this.#pairs;
  }

  find(remote: TransportAddress): CandidatePair | undefined {
    return this.#pairs.find((pair) => isSameAddress(pair.remote, remote));
  }

  /**
   * Adds a pair that is not in the list yet. When the list is full, the least useful pair makes room (`displaced`): a failed
   * one, else the one of lowest priority, but never `kept`; `pair` is undefined when none is less useful than the new one.
   */
  add(
    remote: TransportAddress,
    priority: number,
    kept: CandidatePair | undefined,
  ): { readonly pair: CandidatePair | undefined; readonly displaced: CandidatePair | undefined } {
    let displaced: CandidatePair | undefined;
    if (this.#pairs.length >= this.#capacity) {
      const others = this.#pairs.filter((pair) => pair !== kept);
      displaced =
        others.findLast((pair) => pair.state.type === "failed") ?? others.findLast((pair) => pair.priority < priority);
      if (displaced === undefined) return { pair: undefined, displaced };
      this.#pairs = this.#pairs.filter((pair) => pair !== displaced);
    }
    const pair: CandidatePair = { remote, priority, state: { type: "waiting" } };
    this.#pairs.push(pair);
    this.#sort();
    return { pair, displaced };
  }

  raisePriority(pair: CandidatePair, priority: number): void {
    if (priority <= pair.priority) return;
    pair.priority = priority;
    this.#sort();
  }

  /** Whose check is to start next: triggered ones first, then by priority. */
  nextToCheck(): CandidatePair | undefined {
    return (
      this.#pairs.find((pair) => pair.state.type === "triggered") ?? this.#pairs.find((pair) => pair.state.type === "waiting")
    );
  }

  succeeded(): SucceededPair[] {
    return this.#pairs.filter(isSucceeded);
  }

  /** A pair that may still turn out better than `pair`. */
  hasOpenAbove(pair: CandidatePair): boolean {
    return this.#pairs.some((other) => other.priority > pair.priority && isOpen(other));
  }

  /** When the next consent check is due or the next consent runs out, whichever is sooner. */
  consentDeadline(consentTimeoutMs: number): Instant | undefined {
    let deadline: Instant | undefined;
    for (const { state } of this.succeeded()) {
      deadline = earliest(deadline, earliest(state.consentCheckAt, after(state.answeredAt, consentTimeoutMs)));
    }
    return deadline;
  }

  /** Stable, so that of two equal pairs the older one stays ahead. */
  #sort(): void {
    this.#pairs.sort((a, b) => b.priority - a.priority);
  }
}

export function isSucceeded(pair: CandidatePair): pair is SucceededPair {
  return pair.state.type === "succeeded";
}

function isOpen(pair: CandidatePair): boolean {
  switch (pair.state.type) {
    case "waiting":
    case "triggered":
    case "inProgress":
      return true;
    case "succeeded":
    case "failed":
      return false;
  }
}
