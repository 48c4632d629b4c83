import type { CryptoPort } from "../crypto/crypto-port.js";
import { BINDING_METHOD } from "../stun/stun-message.js";
import { serializeStun } from "../stun/stun-serializer.js";
import { candidatePriority } from "./candidate.js";
import type { IceRole } from "./check-transactions.js";
import type { IceCredentials } from "./ice-parameters.js";

/** PRIORITY in our checks: what a candidate the peer learns from them would have (RFC 8445 §7.1.1). */
export const PEER_REFLEXIVE_PRIORITY = candidatePriority("prflx", 65_535);

export interface ConnectivityCheck {
  readonly transactionId: Uint8Array;
  /** The peer's, with its password as a key. */
  readonly remote: { readonly credentials: IceCredentials; readonly key: Uint8Array };
  readonly localUfrag: string;
  readonly role: IceRole;
  readonly tieBreaker: bigint;
  /** With USE-CANDIDATE. */
  readonly isNomination: boolean;
}

/** A Binding request that checks a pair (RFC 8445 §7.1). */
export function serializeCheck(check: ConnectivityCheck, crypto: Pick<CryptoPort, "hmacSha1">): Uint8Array {
  const { transactionId, remote, localUfrag, role, tieBreaker, isNomination } = check;
  const attributes = {
    username: `${remote.credentials.ufrag}:${localUfrag}`,
    priority: PEER_REFLEXIVE_PRIORITY,
    ...(role === "controlling" ? { iceControlling: tieBreaker } : { iceControlled: tieBreaker }),
    ...(isNomination ? { useCandidate: true as const } : {}),
  };
  return serializeStun({ class: "request", method: BINDING_METHOD, transactionId, attributes }, { key: remote.key, crypto });
}
