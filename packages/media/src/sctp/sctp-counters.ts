/** What an association dropped or refused, by cause. One object may serve many associations. */
export class SctpCounters {
  /** Shorter than a header, or a chunk that does not fit its packet, or wrong ports. */
  malformed = 0;
  /** CRC32c is wrong. */
  wrongChecksum = 0;
  /** Verification tag is not ours (RFC 9260 §8.5). */
  wrongTag = 0;
  /** There is no association that it could belong to (RFC 9260 §8.4). */
  outOfTheBlue = 0;
  /** A chunk that makes no sense in this state. */
  unexpected = 0;
  /** A state cookie that we never made. */
  wrongCookie = 0;
  staleCookie = 0;
  /** More handshakes or control chunks than are answered. */
  overRate = 0;
  /** DATA that came before, or has been given up by its sender. */
  duplicate = 0;
  /** DATA beyond the receive buffer, or too far ahead. */
  noBuffer = 0;
  /** DATA on a stream that was not negotiated. */
  invalidStream = 0;
  /** A message longer than we take. */
  oversized = 0;
  /** Our own messages that were given up: too late, too often retransmitted, or pushed out by newer ones. */
  abandoned = 0;
  /** DCEP that does not parse, or asks for what we do not give; a message on no channel; an unknown payload protocol. */
  refusedChannel = 0;
  strayMessage = 0;
}
