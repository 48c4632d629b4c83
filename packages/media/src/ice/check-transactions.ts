import { transactionKey } from "../stun/transaction-key.js";
import { after, earliest, type Instant } from "../time/instant.js";
import type { CandidatePair } from "./check-list.js";
import type { IceConstants } from "./ice-constants.js";

/** RFC 8445 §3. */
export type IceRole = "controlling" | "controlled";

/** A Binding request of ours that waits for its answer. */
export interface CheckTransaction {
  readonly pair: CandidatePair;
  /** When a "consent" check (RFC 7675) stays unanswered the pair lives on; the next one will tell. */
  readonly purpose: "check" | "nomination" | "consent";
  /** It carries USE-CANDIDATE, so it must not be repeated once another pair is being nominated. */
  readonly isNomination: boolean;
  /** Our role when it was sent: a 487 means something only while it still is. */
  readonly role: IceRole;
  readonly data: Uint8Array;
}

interface Pending {
  readonly transaction: CheckTransaction;
  transmissions: number;
  /** When to send again or, after the last transmission, to give up. */
  dueAt: Instant;
}

/** Open transactions by their id, with the retransmission schedule of RFC 8489 §6.2.1. */
export class CheckTransactions {
  readonly #constants: IceConstants;
  readonly #pending = new Map<string, Pending>();

  constructor(constants: IceConstants) {
    this.#constants = constants;
  }

  /** The caller sends the first transmission. */
  start(transactionId: Uint8Array, transaction: CheckTransaction, now: Instant): void {
    const dueAt = after(now, this.#waitMs(transaction, 1));
    this.#pending.set(transactionKey(transactionId), { transaction, transmissions: 1, dueAt });
  }

  get(transactionId: Uint8Array): CheckTransaction | undefined {
    return this.#pending.get(transactionKey(transactionId))?.transaction;
  }

  end(transactionId: Uint8Array): void {
    this.#pending.delete(transactionKey(transactionId));
  }

  /** Ends all that `matches`; nothing more is sent for them and their answers are not known any more. */
  cancel(matches: (transaction: CheckTransaction) => boolean): void {
    for (const [key, { transaction }] of this.#pending) if (matches(transaction)) this.#pending.delete(key);
  }

  /** Takes what is due: to be sent once more, or (and then it is over) given up. */
  takeDue(now: Instant): { readonly again: readonly CheckTransaction[]; readonly expired: readonly CheckTransaction[] } {
    const again: CheckTransaction[] = [];
    const expired: CheckTransaction[] = [];
    for (const [key, pending] of this.#pending) {
      if (now < pending.dueAt) continue;
      const { transaction } = pending;
      if (pending.transmissions >= this.#maxTransmissions(transaction)) {
        this.#pending.delete(key);
        expired.push(transaction);
      } else {
        pending.transmissions++;
        pending.dueAt = after(now, this.#waitMs(transaction, pending.transmissions));
        again.push(transaction);
      }
    }
    return { again, expired };
  }

  pollTimeout(): Instant | undefined {
    let deadline: Instant | undefined;
    for (const { dueAt } of this.#pending.values()) deadline = earliest(deadline, dueAt);
    return deadline;
  }

  #maxTransmissions({ purpose }: CheckTransaction): number {
    return purpose === "consent" ? this.#constants.maxConsentTransmissions : this.#constants.maxTransmissions;
  }

  /** How long to wait for an answer to this transmission, counted from 1. */
  #waitMs(transaction: CheckTransaction, transmission: number): number {
    const { consentTimeoutMs, consentRtoMs, initialRtoMs, finalWaitFactor } = this.#constants;
    const isConsent = transaction.purpose === "consent";
    // A late answer is still consent.
    if (transmission >= this.#maxTransmissions(transaction))
      return isConsent ? consentTimeoutMs : initialRtoMs * finalWaitFactor;
    return (isConsent ? consentRtoMs : initialRtoMs) * 2 ** (transmission - 1);
  }
}
