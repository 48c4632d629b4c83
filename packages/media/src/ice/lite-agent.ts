import type { CryptoPort } from "../crypto/crypto-port.js";
import { BINDING_METHOD, type StunMessage } from "../stun/stun-message.js";
import { parseStun } from "../stun/stun-parser.js";
import { after, earliest, type Instant } from "../time/instant.js";
import { isSameAddress, type TransportAddress } from "../transport/transport-address.js";
import { BindingResponder } from "./binding-responder.js";
import type { IceAgent, IceEvent, StunTransmit } from "./ice-agent.js";
import { ICE_CONSTANTS, type IceConstants } from "./ice-constants.js";
import { createIceCounters, type IceCounters } from "./ice-counters.js";
import { requireIceCredentials } from "./ice-credentials.js";
import type { IceCandidate, IceCredentials } from "./ice-parameters.js";
import { SeenTransactions } from "./seen-transactions.js";

export interface IceLiteAgentOptions {
  /** Of this Transport alone. */
  readonly local: IceCredentials;
  readonly crypto: Pick<CryptoPort, "hmacSha1">;
  /** The connect timeout runs from here. */
  readonly now: Instant;
  readonly constants?: Partial<IceConstants>;
  /** Of many agents together, if the owner wants that. */
  readonly counters?: IceCounters;
}

interface ValidatedAddress {
  readonly address: TransportAddress;
  lastCheckAt: Instant;
}

/** What lies between two ICE restarts (RFC 8445 §3). */
interface IceSession {
  readonly local: IceCredentials;
  readonly responder: BindingResponder;
  /** Undefined until the peer's description has come: then whoever knows our password is the peer. */
  remoteUfrag: string | undefined;
}

type LiteState =
  /** Nothing is selected yet, or nothing any more. */
  | { readonly type: "connecting"; readonly deadline: Instant; readonly reason: "connectTimeout" | "consentExpired" }
  | { readonly type: "connected"; readonly selected: ValidatedAddress }
  | { readonly type: "failed" };

/**
 * ICE of an SFU (RFC 8445 §2.5, lite): it answers checks and never sends one, so its peer controls.
 *
 * An address is validated by an authentic check from it and forgotten when checks stay away. The first one validated is selected
 * so that media need not wait; from then on the peer's USE-CANDIDATE decides, and the latest one wins. The peer's checks are
 * also its consent (RFC 7675): when they stop coming from the selected address, the agent has failed.
 *
 * After {@link restart} checks of two sessions are answered, the present one's and the next one's, and everything goes on as it
 * was until the peer nominates with the next one's credentials: then the former ones mean nothing any more. An address that
 * only they have validated stays valid until its consent runs out, for media is on its way from there.
 *
 * A check proves who sent it, not where from: whoever can read the peer's packets can send a copy from another address. A
 * copy of a check that is still remembered is dropped.
 */
export class IceLiteAgent implements IceAgent {
  readonly counters: IceCounters;
  readonly #constants: IceConstants;
  readonly #crypto: Pick<CryptoPort, "hmacSha1">;
  readonly #seen: SeenTransactions;
  readonly #transmits: StunTransmit[] = [];
  readonly #events: IceEvent[] = [];
  #session: IceSession;
  /** Between a restart and its end. */
  #next: IceSession | undefined;
  #addresses: ValidatedAddress[] = [];
  #state: LiteState;

  /** Throws RangeError for malformed credentials. */
  constructor(options: IceLiteAgentOptions) {
    this.counters = options.counters ?? createIceCounters();
    this.#constants = { ...ICE_CONSTANTS, ...options.constants };
    this.#crypto = options.crypto;
    this.#session = this.#openSession(options.local, undefined);
    this.#seen = new SeenTransactions(this.#constants.maxRememberedTransactions);
    this.#state = this.#connecting(options.now);
  }

  get localUfrags(): readonly string[] {
    const { ufrag } = this.#session.local;
    return this.#next === undefined ? [ufrag] : [ufrag, this.#next.local.ufrag];
  }

  restart(local: IceCredentials, remote: IceCredentials | undefined, now: Instant): void {
    if (this.#state.type === "failed") return;
    if (this.localUfrags.includes(local.ufrag)) throw new RangeError("an ICE restart needs a new ufrag");
    const former = this.#next;
    this.#next = this.#openSession(local, remote);
    if (former !== undefined) this.#retire(former);
    if (this.#state.type === "connecting") this.#state = this.#connecting(now);
  }

  /** From now on only this peer's checks are authentic. Throws RangeError for malformed credentials. */
  setRemote(remote: IceCredentials, _candidates: readonly IceCandidate[], _now: Instant): void {
    (this.#next ?? this.#session).remoteUfrag = requireIceCredentials(remote).ufrag;
  }

  handleStun(bytes: Uint8Array, source: TransportAddress, now: Instant): void {
    if (this.#state.type === "failed") return;
    const message = parseStun(bytes);
    if (message === undefined) {
      this.counters.malformed++;
    } else if (message.class !== "request" || message.method !== BINDING_METHOD) {
      this.counters.unexpected++;
    } else {
      const session = this.#sessionOf(message);
      const verdict = session.responder.verify(bytes, message, session.remoteUfrag);
      if (verdict === "authentic") this.#handleAuthenticRequest(session, message, this.#canonical(source), now);
      else this.counters[verdict]++;
    }
  }

  /**
   * Its pair is gone (RFC 6544 §8): the address with the latest check takes its place. Without one the peer has as long to come
   * again as its consent would have lasted.
   */
  handleAddressClosed(address: TransportAddress): void {
    const entry = this.#addresses.find((each) => isSameAddress(each.address, address));
    if (entry === undefined || this.#state.type === "failed") return;
    if (this.#state.type === "connected" && this.#state.selected === entry) {
      const others = this.#addresses.filter((other) => other !== entry);
      const heir = others.reduce<ValidatedAddress | undefined>(
        (a, b) => (a && a.lastCheckAt >= b.lastCheckAt ? a : b),
        undefined,
      );
      if (heir === undefined) {
        this.#state = { type: "connecting", deadline: this.#expiry(entry), reason: "consentExpired" };
        this.#events.push({ type: "unselected" });
      } else {
        this.#state = { type: "connected", selected: heir };
        this.#events.push({ type: "selected", address: heir.address });
      }
    }
    this.#forget(entry);
  }

  handleTimeout(now: Instant): void {
    const state = this.#state;
    if (state.type === "connecting" && now >= state.deadline) {
      this.#fail(state.reason);
    } else if (state.type === "connected" && now >= this.#expiry(state.selected)) {
      this.#fail("consentExpired");
    } else if (state.type === "connected") {
      for (const entry of this.#addresses.filter((entry) => now >= this.#expiry(entry))) this.#forget(entry);
    }
  }

  pollTimeout(): Instant | undefined {
    const state = this.#state;
    if (state.type === "failed") return undefined;
    let deadline = state.type === "connecting" ? state.deadline : undefined;
    for (const entry of this.#addresses) deadline = earliest(deadline, this.#expiry(entry));
    return deadline;
  }

  pollTransmit(): StunTransmit | undefined {
    return this.#transmits.shift();
  }

  pollEvent(): IceEvent | undefined {
    return this.#events.shift();
  }

  #connecting(now: Instant): LiteState {
    return { type: "connecting", deadline: after(now, this.#constants.connectTimeoutMs), reason: "connectTimeout" };
  }

  #openSession(local: IceCredentials, remote: IceCredentials | undefined): IceSession {
    const responder = new BindingResponder(requireIceCredentials(local), this.#crypto);
    return { local, responder, remoteUfrag: remote && requireIceCredentials(remote).ufrag };
  }

  /** Whose check a message claims to be. */
  #sessionOf({ attributes }: StunMessage): IceSession {
    const next = this.#next;
    return next !== undefined && attributes.username?.startsWith(`${next.local.ufrag}:`) ? next : this.#session;
  }

  #handleAuthenticRequest(session: IceSession, request: StunMessage, source: TransportAddress, now: Instant): void {
    const { responder } = session;
    if (!this.#seen.isFrom(request.transactionId, source)) {
      this.counters.replayed++;
    } else if (request.unknownRequired.length > 0) {
      this.counters.unknownAttribute++;
      this.#transmits.push({ destination: source, data: responder.unknownAttribute(request) });
    } else if (request.attributes.iceControlled !== undefined) {
      // RFC 8445 §6.1.1: a lite agent is controlled when its peer is full, and can never take the other role.
      this.counters.roleConflict++;
      this.#transmits.push({ destination: source, data: responder.roleConflict(request) });
    } else {
      this.counters.answered++;
      this.#transmits.push({ destination: source, data: responder.success(request, source) });
      this.#handleCheck(session, source, request.attributes.useCandidate === true, now);
    }
  }

  /** Our own object for an address we know, so that 64 remembered checks hold one address and not 64. */
  #canonical(source: TransportAddress): TransportAddress {
    return this.#addresses.find(({ address }) => isSameAddress(address, source))?.address ?? source;
  }

  #handleCheck(session: IceSession, source: TransportAddress, isNominated: boolean, now: Instant): void {
    let entry = this.#addresses.find(({ address }) => isSameAddress(address, source));
    if (entry === undefined) {
      entry = { address: source, lastCheckAt: now };
      this.#makeRoom();
      this.#addresses.push(entry);
      this.#events.push({ type: "validated", address: source });
    }
    entry.lastCheckAt = now;
    if (!isNominated && this.#state.type !== "connecting") return;
    const isSelected = this.#state.type === "connected" && this.#state.selected === entry;
    if (!isSelected) {
      this.#state = { type: "connected", selected: entry };
      this.#events.push({ type: "selected", address: entry.address });
    }
    if (session === this.#next) this.#completeRestart(session);
  }

  #completeRestart(next: IceSession): void {
    const former = this.#session;
    this.#session = next;
    this.#next = undefined;
    this.#retire(former);
  }

  #retire({ local }: IceSession): void {
    this.#events.push({ type: "retired", ufrag: local.ufrag });
  }

  /** The one whose last check is longest ago goes, the selected one never. */
  #makeRoom(): void {
    if (this.#addresses.length < this.#constants.maxAddresses) return;
    const selected = this.#state.type === "connected" ? this.#state.selected : undefined;
    const others = this.#addresses.filter((entry) => entry !== selected);
    const oldest = others.reduce((a, b) => (b.lastCheckAt < a.lastCheckAt ? b : a));
    this.#forget(oldest);
  }

  #forget(entry: ValidatedAddress): void {
    this.#addresses = this.#addresses.filter((other) => other !== entry);
    this.#events.push({ type: "forgotten", address: entry.address });
  }

  #fail(reason: "consentExpired" | "connectTimeout"): void {
    this.#state = { type: "failed" };
    this.#events.push({ type: "failed", reason });
  }

  #expiry(entry: ValidatedAddress): Instant {
    return after(entry.lastCheckAt, this.#constants.consentTimeoutMs);
  }
}
