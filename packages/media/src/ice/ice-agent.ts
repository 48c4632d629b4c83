import type { Instant } from "../time/instant.js";
import type { TransportAddress } from "../transport/transport-address.js";
import type { IceCandidate, IceCredentials } from "./ice-parameters.js";

export type IceEvent =
  /** A check with good integrity came from this address, or an answer to ours did: DTLS and media from it may be looked at. */
  | { readonly type: "validated"; readonly address: TransportAddress }
  /** Send to this address from now on; it has been validated before. */
  | { readonly type: "selected"; readonly address: TransportAddress }
  /** No longer valid: consent for it ran out or the cap on addresses pushed it out. */
  | { readonly type: "forgotten"; readonly address: TransportAddress }
  | { readonly type: "failed"; readonly reason: "consentExpired" | "connectTimeout" };

export interface StunTransmit {
  readonly destination: TransportAddress;
  readonly data: Uint8Array;
}

/** The face that both ICE roles show to a Transport. One input, then drain `pollTransmit` and `pollEvent`, then the next. */
export interface IceAgent {
  readonly local: IceCredentials;
  /** From the peer's description. A lite agent uses only the credentials. Calling it again with the same ones changes nothing. */
  setRemote(remote: IceCredentials, candidates: readonly IceCandidate[], now: Instant): void;
  handleStun(message: Uint8Array, source: TransportAddress, now: Instant): void;
  handleTimeout(now: Instant): void;
  pollTimeout(): Instant | undefined;
  pollTransmit(): StunTransmit | undefined;
  pollEvent(): IceEvent | undefined;
}
