import type { DtlsPort, DtlsRole, DtlsSession, DtlsSessionOptions, Fingerprint, Instant, SrtpProfile } from "@sluice/media";
import { Certificate } from "./certificate.js";
import { NativeDtlsSession } from "./native-dtls-session.js";
import { WallClockTimer } from "./retransmission-timer.js";
import { DEFAULT_PROFILES } from "./srtp-profiles.js";
import { createSslContext } from "./ssl-context.js";
import { sslFunctions } from "./ssl-functions.js";
import { VirtualTimer } from "./virtual-timer.js";

export interface DtlsPortOptions {
  /** SRTP profiles of sessions that name none, best first. AEAD_AES_128_GCM, AEAD_AES_256_GCM, AES128_CM_HMAC_SHA1_80 unless told. */
  readonly profiles?: readonly SrtpProfile[];
  /**
   * What retransmissions follow. "wall" (unless told): OpenSSL's own reading of the wall clock; `now` must then advance with it.
   * "virtual": `now` alone, for tests; each retransmission blocks for up to 3 ms of real time. Never in production.
   */
  readonly clock?: "wall" | "virtual";
}

/** A {@link DtlsPort} that owns OpenSSL contexts and the certificate of its sessions. */
export interface NativeDtlsPort extends DtlsPort {
  /** Makes no more sessions; those that live go on. Idempotent. */
  close(): void;
}

/**
 * DTLS 1.2 on the OpenSSL inside Node, with a certificate of its own. A handshake costs the server 0.4 ms.
 *
 * @throws {MissingSymbolError} when this Node.js does not export what is needed.
 */
export function createDtlsPort(options: DtlsPortOptions = {}): NativeDtlsPort {
  return new OpenSslDtlsPort(options);
}

class OpenSslDtlsPort implements NativeDtlsPort {
  readonly fingerprint: Fingerprint;
  readonly #options: DtlsPortOptions;
  readonly #certificate = new Certificate();
  /** SSL_CTX * of each role, made when first needed. */
  readonly #contexts = new Map<DtlsRole, number>();
  #isClosed = false;

  constructor(options: DtlsPortOptions) {
    this.#options = options;
    this.fingerprint = this.#certificate.fingerprint;
  }

  createSession(options: DtlsSessionOptions, now: Instant): DtlsSession {
    if (this.#isClosed) throw new Error("this DTLS port is closed");
    const profiles = options.profiles ?? this.#options.profiles ?? DEFAULT_PROFILES;
    const timer = this.#options.clock === "virtual" ? new VirtualTimer(options.role) : new WallClockTimer();
    const session = new NativeDtlsSession(this.#context(options.role), options, profiles, timer);
    if (options.role === "client") session.start(now);
    return session;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const context of this.#contexts.values()) sslFunctions().SSL_CTX_free(context);
    this.#contexts.clear();
    this.#certificate.close();
  }

  #context(role: DtlsRole): number {
    const existing = this.#contexts.get(role);
    if (existing !== undefined) return existing;
    const context = createSslContext(role, this.#certificate);
    this.#contexts.set(role, context);
    return context;
  }
}
