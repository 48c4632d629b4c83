/** What came in over STUN and what became of it. Every message that reaches an agent moves exactly one of these. */
export interface IceCounters {
  /** Requests answered with success. */
  answered: number;
  /** Answers to our own checks that were accepted. */
  accepted: number;
  /** No STUN message, or a broken one. */
  malformed: number;
  /** Indications, other methods, and answers to a lite agent, which asks nothing. */
  unexpected: number;
  /** Requests without USERNAME or MESSAGE-INTEGRITY; never answered. */
  unauthenticated: number;
  /** Requests for another ufrag, or from one that is not the peer's; never answered. */
  wrongUsername: number;
  /** Requests or answers made with another password; never answered. */
  wrongIntegrity: number;
  /** A known request that came again from another address; never answered. */
  replayed: number;
  /** Answers to no check of ours, or from another address than the check went to. */
  unmatched: number;
  /** Authenticated requests answered with 487 (RFC 8445 §7.3.1.1), and answers that said so. */
  roleConflict: number;
  /** Authenticated messages with an attribute that must be understood and is not; requests are answered with 420. */
  unknownAttribute: number;
  /** Error answers to our checks, 487 and 420 apart. */
  refused: number;
}

export function createIceCounters(): IceCounters {
  return {
    answered: 0,
    accepted: 0,
    malformed: 0,
    unexpected: 0,
    unauthenticated: 0,
    wrongUsername: 0,
    wrongIntegrity: 0,
    replayed: 0,
    unmatched: 0,
    roleConflict: 0,
    unknownAttribute: 0,
    refused: 0,
  };
}
