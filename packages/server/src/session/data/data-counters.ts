/** What became of data messages, of all rooms of this node; they only grow. */
export class DataCounters {
  /** Messages that participants sent and that were allowed. */
  accepted = 0;
  /** Copies handed to data channels; what becomes of them there, the worker counts (`dataNoChannel`, `dataBufferFull`). */
  toChannels = 0;
  /** Copies handed to signaling connections. */
  toSignaling = 0;
  /** Copies for receivers without an open channel that are not for signaling: lossy, too long, or nobody there to be told. */
  undelivered = 0;
  /** Copies for receivers whose form cannot say the message: LiveKit's packets other than `user` at our own door, what is too long for a packet. */
  untranslated = 0;
  /** Messages that came twice: a publisher's sequence number, or the server API's nonce, was there before. */
  duplicate = 0;
  /** Packets handed on again to somebody who has resumed. */
  replayed = 0;
  /** Frames of LiveKit's data tracks, which are not forwarded. */
  dataTrackFrames = 0;
  /** Messages on a channel that is none of ours. */
  unknownChannel = 0;
  /** Messages that are text, or not in the format of `data-message.ts`. */
  malformed = 0;
  /** Messages of participants whose token does not grant canPublishData. */
  notPermitted = 0;
  /** Longer than the channel's kind allows. */
  tooLong = 0;
  /** Over the participant's or the room's rate. */
  overRate = 0;
}
