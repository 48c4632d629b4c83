import { createIceCounters } from "../ice/ice-counters.js";
import { SctpCounters } from "../sctp/sctp-counters.js";

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
  /** A payload or dependency descriptor that does not parse (attack 18). */
  malformedPayload = 0;
  malformedRtcp = 0;
  /** RTCP that came faster than it could be worked off; media goes first. */
  feedbackQueueFull = 0;
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
  /** A data message for a Transport that is gone, or that has no open channel of that label. */
  dataNoChannel = 0;
  /** A data message that the peer reads too slowly to take, or that is longer than it takes. */
  dataBufferFull = 0;

  readonly sctp = new SctpCounters();
  /** What became of STUN, of all agents: what was dropped, and what was not. */
  readonly ice = createIceCounters();

  /** By name; those of SCTP as "sctp.name". */
  toRecord(): Record<string, number> {
    const { sctp, ice: _, ...own } = this;
    const ofSctp = Object.entries(sctp).map(([name, count]) => [`sctp.${name}`, count] as const);
    return { ...own, ...Object.fromEntries(ofSctp) };
  }
}
