import type { CryptoPort } from "../../crypto/crypto-port.js";
import { after, type Instant } from "../../time/instant.js";
import type { SctpConstants } from "../sctp-constants.js";
import type { SctpCounters } from "../sctp-counters.js";
import { CAUSE, CHUNK, type InitChunk } from "../wire/chunk.js";
import { serializeInit } from "../wire/init-chunk.js";
import { serializeChunk } from "../wire/packet-writer.js";
import { serializeParameter } from "../wire/type-length-value.js";
import type { AssociationParameters } from "./association-parameters.js";
import { type OpenedCookie, StateCookie } from "./state-cookie.js";

/** [RFC9260 §3.3.2] A peer with a smaller window is none. */
const MIN_WINDOW_BYTES = 1500;

type HandshakeState =
  /** Nothing was sent, and nothing that came in left a trace. */
  | { readonly type: "idle" }
  | { readonly type: "cookieWait"; readonly localTag: number; readonly localInitialTsn: number }
  | { readonly type: "cookieEchoed"; readonly parameters: AssociationParameters; readonly cookie: Uint8Array }
  | { readonly type: "done"; readonly parameters: AssociationParameters };

/** `established`: from now on these parameters hold; `restarted`: they replace others, and all that belonged to those is gone. */
export type HandshakeOutcome =
  | { readonly type: "established" | "restarted"; readonly parameters: AssociationParameters }
  | { readonly type: "unchanged" };

const UNCHANGED: HandshakeOutcome = { type: "unchanged" };

type SendPacket = (verificationTag: number, chunk: Uint8Array) => void;

/**
 * How an association comes to be (RFC 9260 §5): four steps, from either side or from both at once (§5.2.1), and what is done about
 * INITs and cookies that come late, twice or from a peer that has started anew (§5.2).
 */
export class Handshake {
  readonly #constants: SctpConstants;
  readonly #counters: SctpCounters;
  readonly #crypto: Pick<CryptoPort, "hmacSha1" | "randomBytes">;
  readonly #cookies: StateCookie;
  readonly #send: SendPacket;
  #state: HandshakeState = { type: "idle" };
  /** T1-init or T1-cookie. */
  #retryAt: Instant | undefined;
  #retries = 0;

  constructor(
    constants: SctpConstants,
    counters: SctpCounters,
    crypto: Pick<CryptoPort, "hmacSha1" | "randomBytes">,
    send: SendPacket,
  ) {
    this.#constants = constants;
    this.#counters = counters;
    this.#crypto = crypto;
    this.#cookies = new StateCookie(crypto);
    this.#send = send;
  }

  /** Our verification tag; undefined while there is nothing that a packet could belong to. */
  get localTag(): number | undefined {
    const state = this.#state;
    if (state.type === "idle") return undefined;
    return state.type === "cookieWait" ? state.localTag : state.parameters.localTag;
  }

  get peerTag(): number | undefined {
    const state = this.#state;
    return state.type === "cookieEchoed" || state.type === "done" ? state.parameters.peerTag : undefined;
  }

  /** Sends an INIT, unless one has been sent or received. */
  start(now: Instant): void {
    if (this.#state.type === "idle") this.#sendInit(this.#randomNumber(), this.#randomNumber(), now);
  }

  /** [RFC9260 §5.1 B, §5.2.1, §5.2.2] Answers an INIT and remembers nothing of it. */
  handleInit(init: InitChunk, now: Instant): void {
    if (!isUsable(init)) {
      this.#counters.malformed++;
      return;
    }
    const state = this.#state;
    let localTag = this.#randomNumber();
    let localInitialTsn = this.#randomNumber();
    let tieTags = { localTieTag: 0, peerTieTag: 0 };
    if (state.type === "cookieWait") ({ localTag, localInitialTsn } = state);
    else if (state.type === "cookieEchoed" || state.type === "done") {
      const { parameters } = state;
      tieTags = { localTieTag: parameters.localTag, peerTieTag: parameters.peerTag };
      // Both have sent an INIT: it stays the same association.
      if (state.type === "cookieEchoed") ({ localTag, localInitialTsn } = parameters);
    }
    const cookie = this.#cookies.seal(this.#agree(localTag, localInitialTsn, init), tieTags, now);
    this.#send(init.initiateTag, this.#serializeInit("initAck", localTag, localInitialTsn, cookie, init.unrecognized));
  }

  /** [RFC9260 §5.1 C] */
  handleInitAck(init: InitChunk, now: Instant): void {
    const state = this.#state;
    if (state.type !== "cookieWait") {
      this.#counters.unexpected++;
      return;
    }
    if (!isUsable(init) || init.cookie === undefined || init.cookie.length > this.#constants.maxPacketBytes / 2) {
      this.#counters.malformed++;
      return;
    }
    const parameters = this.#agree(state.localTag, state.localInitialTsn, init);
    const cookie = init.cookie.slice();
    this.#state = { type: "cookieEchoed", parameters, cookie };
    this.#retries = 0;
    this.#sendCookie(parameters, cookie, now);
  }

  /** [RFC9260 §5.1 D, §5.2.4] `verificationTag`: of the packet. */
  handleCookieEcho(cookie: Uint8Array, verificationTag: number, now: Instant): HandshakeOutcome {
    const opened = this.#cookies.open(cookie, now);
    if (opened === undefined) {
      this.#counters.wrongCookie++;
      return UNCHANGED;
    }
    const { parameters } = opened;
    if (verificationTag !== parameters.localTag) {
      this.#counters.wrongTag++;
      return UNCHANGED;
    }
    const outcome = this.#judge(opened);
    if (outcome === "discard") {
      this.#counters.unexpected++;
      return UNCHANGED;
    }
    // [RFC9260 §5.2.4 (3)] One that belongs to the association that is there does not grow old.
    if (opened.ageMs > this.#constants.cookieLifetimeMs && outcome !== "same") {
      this.#counters.staleCookie++;
      const staleness = new Uint8Array(4);
      new DataView(staleness.buffer).setUint32(0, Math.min(opened.ageMs * 1000, 0xffff_ffff));
      this.#send(parameters.peerTag, serializeChunk(CHUNK.error, serializeParameter(CAUSE.staleCookie, staleness)));
      return UNCHANGED;
    }
    this.#send(parameters.peerTag, serializeChunk(CHUNK.cookieAck));
    if (outcome === "same" && this.#state.type === "done") return UNCHANGED;
    this.#finish(parameters);
    return { type: outcome === "restart" ? "restarted" : "established", parameters };
  }

  /** [RFC9260 §5.1 E] */
  handleCookieAck(): HandshakeOutcome {
    const state = this.#state;
    if (state.type !== "cookieEchoed") {
      if (state.type !== "done") this.#counters.unexpected++;
      return UNCHANGED;
    }
    this.#finish(state.parameters);
    return { type: "established", parameters: state.parameters };
  }

  /** [RFC9260 §5.2.6] The peer says that our cookie is too old: from the beginning. */
  handleStaleCookie(now: Instant): void {
    const state = this.#state;
    if (state.type === "cookieEchoed") this.#sendInit(state.parameters.localTag, state.parameters.localInitialTsn, now);
  }

  pollTimeout(): Instant | undefined {
    return this.#retryAt;
  }

  /** False: the peer does not answer, and never will. */
  handleTimeout(now: Instant): boolean {
    if (this.#retryAt === undefined || this.#retryAt > now) return true;
    this.#retries++;
    if (this.#retries > this.#constants.maxInitRetransmits) {
      this.#retryAt = undefined;
      return false;
    }
    const state = this.#state;
    if (state.type === "cookieWait") this.#sendInit(state.localTag, state.localInitialTsn, now);
    else if (state.type === "cookieEchoed") this.#sendCookie(state.parameters, state.cookie, now);
    return true;
  }

  stop(): void {
    this.#retryAt = undefined;
  }

  /** [RFC9260 §5.2.4, Table 12] */
  #judge({ parameters, localTieTag, peerTieTag }: OpenedCookie): "new" | "same" | "collision" | "restart" | "discard" {
    if (this.#state.type === "idle") return "new";
    const isLocal = parameters.localTag === this.localTag;
    const isPeer = parameters.peerTag === this.peerTag;
    if (isLocal && isPeer) return "same";
    // Both sent an INIT at once. Later it would change the tag under an association that is in use.
    if (isLocal) return this.#state.type === "done" ? "discard" : "collision";
    const isTied = localTieTag === this.localTag && peerTieTag === this.peerTag;
    return !isPeer && isTied ? "restart" : "discard";
  }

  #finish(parameters: AssociationParameters): void {
    this.#state = { type: "done", parameters };
    this.#retryAt = undefined;
  }

  #sendInit(localTag: number, localInitialTsn: number, now: Instant): void {
    this.#state = { type: "cookieWait", localTag, localInitialTsn };
    this.#send(0, this.#serializeInit("init", localTag, localInitialTsn, undefined, []));
    this.#startTimer(now);
  }

  #sendCookie(parameters: AssociationParameters, cookie: Uint8Array, now: Instant): void {
    this.#send(parameters.peerTag, serializeChunk(CHUNK.cookieEcho, cookie));
    this.#startTimer(now);
  }

  #startTimer(now: Instant): void {
    const { initialRtoMs, maxRtoMs } = this.#constants;
    this.#retryAt = after(now, Math.min(initialRtoMs * 2 ** this.#retries, maxRtoMs));
  }

  #serializeInit(
    type: InitChunk["type"],
    initiateTag: number,
    initialTsn: number,
    cookie: Uint8Array | undefined,
    unrecognized: readonly Uint8Array[],
  ): Uint8Array {
    const { receiveBufferBytes: windowBytes, maxStreams } = this.#constants;
    const streams = { outboundStreams: maxStreams, inboundStreams: maxStreams };
    return serializeInit({ type, initiateTag, windowBytes, ...streams, initialTsn, cookie, unrecognized });
  }

  #agree(localTag: number, localInitialTsn: number, peer: InitChunk): AssociationParameters {
    const { maxStreams } = this.#constants;
    return {
      localTag,
      localInitialTsn,
      peerTag: peer.initiateTag,
      peerInitialTsn: peer.initialTsn,
      peerWindowBytes: peer.windowBytes,
      outboundStreams: Math.min(maxStreams, peer.inboundStreams),
      inboundStreams: Math.min(maxStreams, peer.outboundStreams),
      hasForwardTsn: peer.hasForwardTsn,
      hasReConfig: peer.hasReConfig,
    };
  }

  /** Never 0, which is no verification tag. */
  #randomNumber(): number {
    const bytes = this.#crypto.randomBytes(4);
    return new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0) || 1;
  }
}

function isUsable(init: InitChunk): boolean {
  const hasStreams = init.outboundStreams > 0 && init.inboundStreams > 0;
  return init.initiateTag !== 0 && hasStreams && init.windowBytes >= MIN_WINDOW_BYTES;
}
