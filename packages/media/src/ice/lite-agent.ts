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
  /** Of this Transport alone; an ICE restart is a new agent with new ones. */
  readonly local: IceCredentials;
  readonly crypto: Pick<CryptoPort, "hmacSha1">;
  /** The connect timeout runs from here. */
  readonly now: Instant;
  readonly constants?: Partial<IceConstants>;
}

interface ValidatedAddress {
  readonly address: TransportAddress;
  lastCheckAt: Instant;
}

type LiteState =
  | { readonly type: "connecting"; readonly deadline: Instant }
  | { readonly type: "connected"; readonly selected: ValidatedAddress }
  | { readonly type: "failed" };

/**
 * ICE of an SFU (RFC 8445 §2.5, lite): it answers checks and never sends one, so its peer controls.
 *
 * An address is validated by an authentic check from it and forgotten when checks stay away. The first one validated is selected
 * so that media need not wait; from then on the peer's USE-CANDIDATE decides, and the latest one wins. The peer's checks are
 * also its consent (RFC 7675): when they stop coming from the selected address, the agent has failed.
 *
 * A check proves who sent it, not where from: whoever can read the peer's packets can send a copy from another address. A
 * copy of a check that is still remembered is dropped.
 */
export class IceLiteAgent implements IceAgent {
  readonly local: IceCredentials;
  readonly counters: Readonly<IceCounters>;
  readonly #counters = createIceCounters();
  readonly #constants: IceConstants;
  readonly #responder: BindingResponder;
  readonly #seen: SeenTransactions;
  readonly #transmits: StunTransmit[] = [];
  readonly #events: IceEvent[] = [];
  #remoteUfrag: string | undefined;
  #addresses: ValidatedAddress[] = [];
  #state: LiteState;

  /** Throws RangeError for malformed credentials. */
  constructor(options: IceLiteAgentOptions) {
    this.local = requireIceCredentials(options.local);
    this.counters = this.#counters;
    this.#constants = { ...ICE_CONSTANTS, ...options.constants };
    this.#responder = new BindingResponder(options.local, options.crypto);
    this.#seen = new SeenTransactions(this.#constants.maxRememberedTransactions);
    this.#state = { type: "connecting", deadline: after(options.now, this.#constants.connectTimeoutMs) };
  }

  /** From now on only this peer's checks are authentic. Throws RangeError for malformed credentials. */
  setRemote(remote: IceCredentials, _candidates: readonly IceCandidate[], _now: Instant): void {
    this.#remoteUfrag = requireIceCredentials(remote).ufrag;
  }

  handleStun(bytes: Uint8Array, source: TransportAddress, now: Instant): void {
    if (this.#state.type === "failed") return;
    const message = parseStun(bytes);
    if (message === undefined) {
      this.#counters.malformed++;
    } else if (message.class !== "request" || message.method !== BINDING_METHOD) {
      this.#counters.unexpected++;
    } else {
      const verdict = this.#responder.verify(bytes, message, this.#remoteUfrag);
      if (verdict === "authentic") this.#handleAuthenticRequest(message, this.#canonical(source), now);
      else this.#counters[verdict]++;
    }
  }

  handleTimeout(now: Instant): void {
    const state = this.#state;
    if (state.type === "connecting" && now >= state.deadline) {
      this.#fail("connectTimeout");
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

  #handleAuthenticRequest(request: StunMessage, source: TransportAddress, now: Instant): void {
    if (!this.#seen.isFrom(request.transactionId, source)) {
      this.#counters.replayed++;
    } else if (request.unknownRequired.length > 0) {
      this.#counters.unknownAttribute++;
      this.#transmits.push({ destination: source, data: this.#responder.unknownAttribute(request) });
    } else if (request.attributes.iceControlled !== undefined) {
      // RFC 8445 §6.1.1: a lite agent is controlled when its peer is full, and can never take the other role.
      this.#counters.roleConflict++;
      this.#transmits.push({ destination: source, data: this.#responder.roleConflict(request) });
    } else {
      this.#counters.answered++;
      this.#transmits.push({ destination: source, data: this.#responder.success(request, source) });
      this.#handleCheck(source, request.attributes.useCandidate === true, now);
    }
  }

  /** Our own object for an address we know, so that 64 remembered checks hold one address and not 64. */
  #canonical(source: TransportAddress): TransportAddress {
    return this.#addresses.find(({ address }) => isSameAddress(address, source))?.address ?? source;
  }

  #handleCheck(source: TransportAddress, isNominated: boolean, now: Instant): void {
    let entry = this.#addresses.find(({ address }) => isSameAddress(address, source));
    if (entry === undefined) {
      entry = { address: source, lastCheckAt: now };
      this.#makeRoom();
      this.#addresses.push(entry);
      this.#events.push({ type: "validated", address: source });
    }
    entry.lastCheckAt = now;
    const isSelected = this.#state.type === "connected" && this.#state.selected === entry;
    if (!isSelected && (isNominated || this.#state.type === "connecting")) {
      this.#state = { type: "connected", selected: entry };
      this.#events.push({ type: "selected", address: entry.address });
    }
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
