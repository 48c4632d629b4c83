import type { CryptoPort } from "../crypto/crypto-port.js";
import { asciiBytes } from "../stun/ascii.js";
import { isIntegrityValid } from "../stun/message-integrity.js";
import { BINDING_METHOD, STUN_TRANSACTION_ID_BYTES, type StunMessage } from "../stun/stun-message.js";
import { parseStun } from "../stun/stun-parser.js";
import { after, earliest, type Instant } from "../time/instant.js";
import { isSameAddress, type TransportAddress } from "../transport/transport-address.js";
import { BindingResponder } from "./binding-responder.js";
import { type CandidatePair, CheckList, isSucceeded } from "./check-list.js";
import { type CheckTransaction, CheckTransactions, type IceRole } from "./check-transactions.js";
import { PEER_REFLEXIVE_PRIORITY, serializeCheck } from "./connectivity-check.js";
import type { IceAgent, IceEvent, StunTransmit } from "./ice-agent.js";
import { ICE_CONSTANTS, type IceConstants } from "./ice-constants.js";
import { createIceCounters, type IceCounters } from "./ice-counters.js";
import { requireIceCredentials } from "./ice-credentials.js";
import type { IceCandidate, IceCredentials } from "./ice-parameters.js";

export interface IceControllingAgentOptions {
  readonly local: IceCredentials;
  /** Randomness is for transaction ids, the tie-breaker and the jitter of consent checks. */
  readonly crypto: Pick<CryptoPort, "hmacSha1" | "randomBytes">;
  /** The connect timeout runs from here. */
  readonly now: Instant;
  readonly constants?: Partial<IceConstants>;
  /** Of many agents together, if the owner wants that. */
  readonly counters?: IceCounters;
}

type ControllingState =
  /** At the beginning, and after a restart: what was selected before it carries media until something new is. */
  | { readonly type: "searching"; readonly selected: CandidatePair | undefined; readonly deadline: Instant }
  | { readonly type: "connected"; readonly selected: CandidatePair }
  | { readonly type: "failed" };

/**
 * Full ICE in the controlling role (RFC 8445), for our own clients: one local socket, checks to every remote candidate, regular
 * nomination of the best that answers, consent (RFC 7675) on every pair that did.
 *
 * A better candidate that comes later is checked and nominated the same way: so a live migration moves a client. Pairs that fail
 * while it searches are tried again until the connect timeout, for on a bad network seven transmissions can all be lost. Roles
 * change when the peer insists (§7.3.1.1); then the peer's USE-CANDIDATE selects.
 */
export class IceControllingAgent implements IceAgent {
  readonly counters: IceCounters;
  readonly #crypto: Pick<CryptoPort, "hmacSha1" | "randomBytes">;
  readonly #constants: IceConstants;
  #local: IceCredentials;
  #responder: BindingResponder;
  /** Of a restart that waits for the peer's credentials: until then everything goes on with the present ones. */
  #nextLocal: IceCredentials | undefined;
  readonly #tieBreaker: bigint;
  readonly #checkList: CheckList;
  readonly #transactions: CheckTransactions;
  readonly #validated = new Set<CandidatePair>();
  readonly #transmits: StunTransmit[] = [];
  readonly #events: IceEvent[] = [];
  #role: IceRole = "controlling";
  #remote: { readonly credentials: IceCredentials; readonly key: Uint8Array } | undefined;
  #state: ControllingState;
  /** Not before this may the next check start (Ta). */
  #nextCheckAt: Instant;
  /** From the first answer on: until then a better pair may still answer before the best so far is nominated. */
  #nominationAt: Instant | undefined;
  /** Controlling: USE-CANDIDATE is on its way. Controlled: the peer has nominated it, but our own check is not answered yet. */
  #nominating: CandidatePair | undefined;

  /** Throws RangeError for malformed credentials. */
  constructor(options: IceControllingAgentOptions) {
    this.#local = requireIceCredentials(options.local);
    this.counters = options.counters ?? createIceCounters();
    this.#crypto = options.crypto;
    this.#constants = { ...ICE_CONSTANTS, ...options.constants };
    this.#responder = new BindingResponder(options.local, options.crypto);
    this.#tieBreaker = options.crypto.randomBytes(8).reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
    this.#checkList = new CheckList(this.#constants.maxPairs);
    this.#transactions = new CheckTransactions(this.#constants);
    this.#state = this.#search(undefined, options.now);
    this.#nextCheckAt = options.now;
  }

  get role(): IceRole {
    return this.#role;
  }

  get localUfrags(): readonly string[] {
    return this.#nextLocal === undefined ? [this.#local.ufrag] : [this.#local.ufrag, this.#nextLocal.ufrag];
  }

  restart(local: IceCredentials, remote: IceCredentials | undefined, now: Instant): void {
    if (this.localUfrags.includes(local.ufrag)) throw new RangeError("an ICE restart needs a new ufrag");
    if (this.#nextLocal !== undefined) this.#events.push({ type: "retired", ufrag: this.#nextLocal.ufrag });
    this.#nextLocal = requireIceCredentials(local);
    if (remote !== undefined) this.setRemote(remote, [], now);
  }

  /**
   * Checks start at once. With other credentials than before (the peer has begun anew) what has not answered yet is checked
   * again with them, and what has answered keeps its consent as long as it lasts; after {@link restart} everything is checked again.
   * Throws RangeError for malformed ones.
   */
  setRemote(remote: IceCredentials, candidates: readonly IceCandidate[], now: Instant): void {
    const before = this.#remote?.credentials;
    if (before?.ufrag !== remote.ufrag || before.pwd !== remote.pwd) {
      this.#remote = { credentials: requireIceCredentials(remote), key: asciiBytes(remote.pwd) };
      this.#transactions.cancel(() => true);
      this.#nominating = undefined;
      if (this.#nextLocal !== undefined) this.#takeLocal(this.#nextLocal, now);
      for (const pair of this.#checkList.pairs) if (!isSucceeded(pair)) pair.state = { type: "waiting" };
    }
    for (const candidate of candidates) this.#addCandidate(candidate);
    this.#startChecks(now);
  }

  #takeLocal(local: IceCredentials, now: Instant): void {
    this.#events.push({ type: "retired", ufrag: this.#local.ufrag });
    this.#local = local;
    this.#responder = new BindingResponder(local, this.#crypto);
    this.#nextLocal = undefined;
    this.#nominationAt = undefined;
    for (const pair of this.#checkList.pairs) pair.state = { type: "waiting" };
    if (this.#state.type !== "failed") this.#state = this.#search(this.#selected, now);
  }

  #search(selected: CandidatePair | undefined, now: Instant): ControllingState {
    return { type: "searching", selected, deadline: after(now, this.#constants.connectTimeoutMs) };
  }

  /** A trickled candidate. One that is known already may have risen in priority, and is tried again if it had failed. */
  addRemoteCandidate(candidate: IceCandidate, now: Instant): void {
    const known = this.#addCandidate(candidate);
    if (known?.state.type === "failed") known.state = { type: "waiting" };
    this.#startChecks(now);
  }

  handleStun(bytes: Uint8Array, source: TransportAddress, now: Instant): void {
    if (this.#state.type === "failed") return;
    const message = parseStun(bytes);
    if (message === undefined) {
      this.counters.malformed++;
    } else if (message.method !== BINDING_METHOD || message.class === "indication") {
      this.counters.unexpected++;
    } else if (message.class === "request") {
      const verdict = this.#responder.verify(bytes, message, this.#remote?.credentials.ufrag);
      if (verdict === "authentic") this.#handleAuthenticRequest(message, source, now);
      else this.counters[verdict]++;
    } else {
      this.#handleResponse(bytes, message, source, now);
    }
  }

  handleTimeout(now: Instant): void {
    if (this.#state.type === "searching" && now >= this.#state.deadline) this.#fail("connectTimeout");
    if (this.#state.type === "failed") return;
    const { again, expired } = this.#transactions.takeDue(now);
    for (const { pair, data } of again) this.#transmits.push({ destination: pair.remote, data });
    for (const { pair, purpose } of expired) if (purpose !== "consent") this.#failPair(pair);
    this.#maintainConsent(now);
    this.#nominate(now);
    this.#startChecks(now);
  }

  pollTimeout(): Instant | undefined {
    if (this.#state.type === "failed") return undefined;
    let deadline = this.#state.type === "searching" ? this.#state.deadline : undefined;
    if (deadline !== undefined && this.#nextNomination() !== undefined) deadline = earliest(deadline, this.#nominationAt);
    deadline = earliest(deadline, this.#transactions.pollTimeout());
    deadline = earliest(deadline, this.#checkList.consentDeadline(this.#constants.consentTimeoutMs));
    const isCheckWaiting = this.#remote !== undefined && this.#checkList.nextToCheck() !== undefined;
    return isCheckWaiting ? earliest(deadline, this.#nextCheckAt) : deadline;
  }

  pollTransmit(): StunTransmit | undefined {
    return this.#transmits.shift();
  }

  pollEvent(): IceEvent | undefined {
    return this.#events.shift();
  }

  get #selected(): CandidatePair | undefined {
    return this.#state.type === "failed" ? undefined : this.#state.selected;
  }

  /** Our own clients speak UDP alone. */
  #addCandidate({ family, ip, port, priority, tcpType }: IceCandidate): CandidatePair | undefined {
    if (tcpType !== undefined) return undefined;
    const remote = { family, ip, port };
    const known = this.#checkList.find(remote);
    if (known === undefined) return this.#addPair(remote, priority);
    this.#checkList.raisePriority(known, priority);
    return known;
  }

  #addPair(remote: TransportAddress, priority: number): CandidatePair | undefined {
    const { pair, displaced } = this.#checkList.add(remote, priority, this.#selected);
    if (displaced !== undefined) this.#abandon(displaced);
    return pair;
  }

  /** Starts the next check if the pacing allows; the rest follows by {@link pollTimeout}. */
  #startChecks(now: Instant): void {
    const pair = this.#checkList.nextToCheck();
    if (this.#state.type === "failed" || this.#remote === undefined || pair === undefined || now < this.#nextCheckAt) return;
    pair.state = { type: "inProgress" };
    this.#nextCheckAt = after(now, this.#constants.checkPacingMs);
    this.#send(pair, "check", now);
  }

  #send(pair: CandidatePair, purpose: CheckTransaction["purpose"], now: Instant): void {
    const remote = this.#remote;
    if (remote === undefined) return;
    const transactionId = this.#crypto.randomBytes(STUN_TRANSACTION_ID_BYTES);
    const role = this.#role;
    // Consent checks repeat the nomination, so that a peer that saw two of them in the wrong order ends with the same pair.
    const isNomination = role === "controlling" && purpose !== "check" && pair === (this.#nominating ?? this.#selected);
    const check = { transactionId, remote, localUfrag: this.#local.ufrag, role, tieBreaker: this.#tieBreaker, isNomination };
    const data = serializeCheck(check, this.#crypto);
    this.#transactions.start(transactionId, { pair, purpose, isNomination, role, data }, now);
    this.#transmits.push({ destination: pair.remote, data });
  }

  #handleResponse(bytes: Uint8Array, response: StunMessage, source: TransportAddress, now: Instant): void {
    const transaction = this.#transactions.get(response.transactionId);
    // RFC 8445 §7.2.5.2.1: an answer counts only from where the check went.
    if (transaction === undefined || this.#remote === undefined || !isSameAddress(source, transaction.pair.remote)) {
      this.counters.unmatched++;
      return;
    }
    // An error without integrity could come from anybody: the transaction goes on as if nothing had come (RFC 8489 §9.1.4).
    if (!isIntegrityValid(bytes, response, this.#remote.key, this.#crypto)) {
      this.counters.wrongIntegrity++;
      return;
    }
    this.#transactions.end(response.transactionId);
    if (response.unknownRequired.length > 0) {
      this.counters.unknownAttribute++;
      this.#handleRefusal(transaction);
    } else if (response.class === "success") {
      this.counters.accepted++;
      this.#handleSuccess(transaction, now);
    } else if (response.attributes.errorCode?.code === 487) {
      this.counters.roleConflict++;
      this.#handleRoleConflict(transaction);
    } else {
      this.counters.refused++;
      this.#handleRefusal(transaction);
    }
    this.#nominate(now);
    this.#startChecks(now);
  }

  #handleSuccess({ pair, purpose }: CheckTransaction, now: Instant): void {
    const consentCheckAt = isSucceeded(pair) ? pair.state.consentCheckAt : this.#drawConsentCheck(now);
    pair.state = { type: "succeeded", answeredAt: now, consentCheckAt };
    this.#validate(pair);
    this.#nominationAt ??= after(now, this.#constants.nominationWaitMs);
    if (pair === this.#nominating && (this.#role === "controlled" || purpose === "nomination")) this.#select(pair);
  }

  /** RFC 8445 §7.2.5.1: take the other role and check again. Whoever has changed roles since then has nothing to do. */
  #handleRoleConflict({ pair, role }: CheckTransaction): void {
    if (role === this.#role) this.#changeRole();
    if (!isSucceeded(pair)) pair.state = { type: "triggered" };
  }

  /** A consent check that is refused is only one without an answer. */
  #handleRefusal({ pair, purpose }: CheckTransaction): void {
    if (purpose !== "consent") this.#failPair(pair);
  }

  #handleAuthenticRequest(request: StunMessage, source: TransportAddress, now: Instant): void {
    const reply = (data: Uint8Array) => this.#transmits.push({ destination: source, data });
    if (request.unknownRequired.length > 0) {
      this.counters.unknownAttribute++;
      reply(this.#responder.unknownAttribute(request));
    } else if (this.#isRoleConflict(request)) {
      this.counters.roleConflict++;
      reply(this.#responder.roleConflict(request));
    } else {
      this.counters.answered++;
      reply(this.#responder.success(request, source));
      this.#handleCheck(request, source);
      this.#nominate(now);
    }
    this.#startChecks(now);
  }

  /** RFC 8445 §7.3.1.1: the larger tie-breaker keeps the role both want, and the other side changes: we do so here. */
  #isRoleConflict({ attributes }: StunMessage): boolean {
    const theirs = this.#role === "controlling" ? attributes.iceControlling : attributes.iceControlled;
    if (theirs === undefined) return false;
    const isOurs = this.#role === "controlling" ? this.#tieBreaker >= theirs : this.#tieBreaker < theirs;
    if (!isOurs) this.#changeRole();
    return isOurs;
  }

  /** RFC 8445 §7.3.1.3–5: learn a peer-reflexive candidate, check it in turn, and when controlled take the nomination. */
  #handleCheck({ attributes }: StunMessage, source: TransportAddress): void {
    const priority = attributes.priority ?? PEER_REFLEXIVE_PRIORITY;
    const pair = this.#checkList.find(source) ?? this.#addPair(source, priority);
    if (pair === undefined) return;
    this.#validate(pair);
    if (pair.state.type === "waiting" || pair.state.type === "failed") pair.state = { type: "triggered" };
    if (this.#role === "controlling" || attributes.useCandidate !== true) return;
    if (isSucceeded(pair)) this.#select(pair);
    else this.#nominating = pair;
  }

  /** The best pair that answered, when it beats what is selected or being nominated. */
  #nextNomination(): CandidatePair | undefined {
    if (this.#role !== "controlling" || this.#state.type === "failed") return undefined;
    const best = this.#checkList.succeeded()[0];
    const current = this.#nominating ?? (this.#state.type === "connected" ? this.#selected : undefined);
    return best === undefined || (current !== undefined && best.priority <= current.priority) ? undefined : best;
  }

  /** Regular nomination (RFC 8445 §8.1.1): USE-CANDIDATE goes out only on a pair that has answered. */
  #nominate(now: Instant): void {
    const best = this.#nextNomination();
    if (best === undefined) return;
    const mayWait = this.#state.type === "searching" && this.#nominationAt !== undefined && now < this.#nominationAt;
    if (mayWait && this.#checkList.hasOpenAbove(best)) return;
    this.#endNomination();
    this.#nominating = best;
    this.#send(best, "nomination", now);
  }

  #select(pair: CandidatePair): void {
    this.#endNomination();
    const before = this.#selected;
    this.#state = { type: "connected", selected: pair };
    if (pair !== before) this.#events.push({ type: "selected", address: pair.remote });
  }

  /** RFC 7675 §5.1 on every pair that answered: the selected one needs it, the others stay ready to take its place. */
  #maintainConsent(now: Instant): void {
    for (const pair of this.#checkList.succeeded()) {
      if (this.#state.type === "failed") return;
      if (now >= after(pair.state.answeredAt, this.#constants.consentTimeoutMs)) {
        this.#failPair(pair);
        if (pair === this.#selected) this.#replaceSelected(now);
      } else if (now >= pair.state.consentCheckAt) {
        pair.state = { ...pair.state, consentCheckAt: this.#drawConsentCheck(now) };
        this.#send(pair, "consent", now);
      }
    }
  }

  /** Consent for the selected pair is gone: the next best that still has it takes over at once, and without one it is over. */
  #replaceSelected(now: Instant): void {
    const next = this.#checkList
      .succeeded()
      .find(({ state }) => now < after(state.answeredAt, this.#constants.consentTimeoutMs));
    if (next === undefined) {
      this.#fail("consentExpired");
    } else {
      this.#select(next);
      this.#send(next, "consent", now);
    }
  }

  #drawConsentCheck(now: Instant): Instant {
    const [random = 0] = this.#crypto.randomBytes(1);
    return after(now, this.#constants.consentIntervalMs * (0.8 + (0.4 * random) / 255));
  }

  #changeRole(): void {
    this.#role = this.#role === "controlling" ? "controlled" : "controlling";
    this.#endNomination();
  }

  /** A USE-CANDIDATE that is still being repeated would turn the peer back to the older pair. */
  #endNomination(): void {
    this.#nominating = undefined;
    this.#transactions.cancel(({ isNomination }) => isNomination);
  }

  #validate(pair: CandidatePair): void {
    if (this.#validated.has(pair)) return;
    this.#validated.add(pair);
    this.#events.push({ type: "validated", address: pair.remote });
  }

  #failPair(pair: CandidatePair): void {
    this.#abandon(pair);
    pair.state = this.#state.type === "searching" ? { type: "waiting" } : { type: "failed" };
  }

  /** Nothing of ours concerns this pair any more. */
  #abandon(pair: CandidatePair): void {
    this.#transactions.cancel((transaction) => transaction.pair === pair);
    if (this.#nominating === pair) this.#nominating = undefined;
    if (this.#validated.delete(pair)) this.#events.push({ type: "forgotten", address: pair.remote });
  }

  #fail(reason: "consentExpired" | "connectTimeout"): void {
    this.#state = { type: "failed" };
    this.#events.push({ type: "failed", reason });
  }
}
