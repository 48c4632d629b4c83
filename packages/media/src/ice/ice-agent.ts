import type { Instant } from "../time/instant.js";
import type { TransportAddress } from "../transport/transport-address.js";
import type { IceCandidate, IceCredentials } from "./ice-parameters.js";

export type IceEvent =
  /** A check with good integrity came from this address, or an answer to ours did: DTLS and media from it may be looked at. */
  | { readonly type: "validated"; readonly address: TransportAddress }
  /** Send to this address from now on; it has been validated before. */
  | { readonly type: "selected"; readonly address: TransportAddress }
  /** What was selected is gone and nothing is in its place, for now. */
  | { readonly type: "unselected" }
  /** No longer valid: its connection has ended, consent for it ran out or the cap on addresses pushed it out. */
  | { readonly type: "forgotten"; readonly address: TransportAddress }
  /** Since a restart checks for this ufrag of ours mean nothing any more. */
  | { readonly type: "retired"; readonly ufrag: string }
  | { readonly type: "failed"; readonly reason: "consentExpired" | "connectTimeout" };

export interface StunTransmit {
  readonly destination: TransportAddress;
  readonly data: Uint8Array;
}

/** The face that both ICE roles show to a Transport. One input, then drain `pollTransmit` and `pollEvent`, then the next. */
export interface IceAgent {
  /** What checks for us may name: the credentials in use and, during a restart, those that will be. */
  readonly localUfrags: readonly string[];
  /**
   * An ICE restart (RFC 8445 §9): the peer is told `local` in the place of our credentials so far, and tells us new ones in its turn.
   * What is selected stays so until something is nominated with the new ones. `remote` undefined: {@link setRemote} follows with
   * the peer's answer. A restart before the last one has come to its end takes its place. Throws RangeError for malformed
   * credentials, and for a ufrag that is in use.
   */
  restart(local: IceCredentials, remote: IceCredentials | undefined, now: Instant): void;
  /** From the peer's description. A lite agent uses only the credentials. Calling it again with the same ones changes nothing. */
  setRemote(remote: IceCredentials, candidates: readonly IceCandidate[], now: Instant): void;
  handleStun(message: Uint8Array, source: TransportAddress, now: Instant): void;
  /** The TCP connection to this address has ended. An agent that uses only UDP has no need of it. */
  handleAddressClosed?(address: TransportAddress): void;
  handleTimeout(now: Instant): void;
  pollTimeout(): Instant | undefined;
  pollTransmit(): StunTransmit | undefined;
  pollEvent(): IceEvent | undefined;
}
