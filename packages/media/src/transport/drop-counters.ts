/** Datagrams and packets that were dropped, by cause. Every drop in the core moves exactly one of these. */
export class DropCounters {
  /** First byte belongs to no protocol we speak (RFC 7983). */
  unknownProtocol = 0;
  /** From an address that ICE has not validated, other than STUN. */
  unvalidatedAddress = 0;
  /** STUN whose USERNAME names no Transport here, or that has none. */
  unknownUfrag = 0;
  /** More from one peer than any honest one sends. */
  overRate = 0;
  /** Media or DTLS before the peer's description, or media before the keys. */
  tooEarly = 0;
  malformedRtp = 0;
  malformedRtcp = 0;
  /** SRTP or SRTCP authentication failed. */
  authentication = 0;
  replayed = 0;
  tooManyStreams = 0;
  /** No media section claims this SSRC, and no MID extension explains it. */
  unknownSsrc = 0;
  /** A payload type that was not negotiated, a duplicate, or a packet too old to be of use. */
  unwantedRtp = 0;
  /** An address that ICE validated belongs to another Transport: the claim waits until that one lets go. */
  addressTaken = 0;
  /** The I/O layer had no room for another remote address. */
  addressTableFull = 0;

  toRecord(): Record<string, number> {
    return Object.fromEntries(Object.entries(this)) as Record<string, number>;
  }
}
