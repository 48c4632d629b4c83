/**
 * DTLS 1.2 with use_srtp (RFC 6347, RFC 5764), as a sans-I/O port; `packages/native` answers it with the OpenSSL inside Node.
 *
 * One law: one input, then drain `pollDatagram` and `pollEvent` until both say undefined, then the next input.
 */
import type { Instant } from "../time/instant.js";

/** Names as in the IANA DTLS-SRTP protection profile registry, without the prefix. */
export type SrtpProfile = "AEAD_AES_128_GCM" | "AEAD_AES_256_GCM" | "AES128_CM_HMAC_SHA1_80";

/** Master key and salt of one direction (RFC 5764 §4.2). Lengths follow the profile: 16+12, 32+12 or 16+14 bytes. */
export interface SrtpMasterKey {
  readonly key: Uint8Array;
  readonly salt: Uint8Array;
}

/** Certificate fingerprint as SDP carries it (RFC 8122). */
export interface Fingerprint {
  /** Lower case hash name: "sha-1", "sha-256", "sha-384" or "sha-512". */
  readonly algorithm: string;
  /** Upper case hexadecimal with colons. */
  readonly value: string;
}

export type DtlsRole = "client" | "server";

export type DtlsEvent =
  | {
      readonly type: "connected";
      readonly profile: SrtpProfile;
      /** What we protect with. */
      readonly localKey: SrtpMasterKey;
      /** What the peer protects with. */
      readonly remoteKey: SrtpMasterKey;
    }
  /** Application data, for SCTP. */
  | { readonly type: "data"; readonly data: Uint8Array }
  /** The peer said close_notify, the handshake failed, or a timer ran out. Nothing works after this. */
  | { readonly type: "closed"; readonly reason: string };

export interface DtlsSession {
  /** One datagram from the ICE-validated peer. Bytes are copied before the call returns. */
  handleDatagram(datagram: Uint8Array, now: Instant): void;
  handleTimeout(now: Instant): void;
  pollTimeout(): Instant | undefined;
  /** Next datagram to send, each within the MTU. */
  pollDatagram(): Uint8Array | undefined;
  pollEvent(): DtlsEvent | undefined;
  /** Sends one application data record; false when not connected. */
  send(data: Uint8Array): boolean;
  /** Says close_notify (drain `pollDatagram` once more) and frees everything. Idempotent. */
  close(): void;
}

export interface DtlsSessionOptions {
  readonly role: DtlsRole;
  /**
   * What the peer's certificate must hash to; at least one must match, with a hash we know. Checked inside the handshake,
   * so a wrong certificate never becomes connected.
   */
  readonly remoteFingerprints: readonly Fingerprint[];
  /** Largest datagram to send, bytes; 1200 unless told. Range 576–1472. */
  readonly mtuBytes?: number;
  /** Profiles offered or accepted, best first; the adapter's own default unless told. */
  readonly profiles?: readonly SrtpProfile[];
}

export interface DtlsPort {
  /** Of the certificate that every session of this port shows. */
  readonly fingerprint: Fingerprint;
  /** A client session has its ClientHello ready in `pollDatagram` at once. */
  createSession(options: DtlsSessionOptions, now: Instant): DtlsSession;
}
