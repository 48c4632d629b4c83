import { setImmediate } from "node:timers/promises";
import { type ResponseMessage, serializeResponse, type TwirpEncoding } from "./twirp-encoding.js";

/** Items that are serialised before others have their turn: about 1 ms. */
const ITEMS_PER_TURN = 30;

export interface LongListOptions {
  /** Of the answer's only field, as the .proto file has it. */
  readonly field: string;
  /** How many there are. */
  readonly length: number;
  /** An answer with only these items, from the first on and without the last. */
  readonly answerOf: (start: number, end: number) => ResponseMessage;
}

/**
 * An answer that is one list, of perhaps thousands: it is put together in pieces, so that the node's other work does not wait for
 * the whole of it. The items are told as they are when their turn comes.
 */
export class LongList {
  readonly #options: LongListOptions;

  constructor(options: LongListOptions) {
    this.#options = options;
  }

  async serialize(encoding: TwirpEncoding): Promise<Buffer> {
    const { field, length, answerOf } = this.#options;
    const head = `{"${field}":[`;
    const pieces: Buffer[] = [];
    for (let at = 0; at < length; at += ITEMS_PER_TURN) {
      if (at > 0) await setImmediate();
      const piece = serializeResponse(answerOf(at, at + ITEMS_PER_TURN), encoding);
      // Protobuf messages one after the other are one message with all their items; of JSON the items stand between the brackets.
      if (encoding === "protobuf") pieces.push(piece);
      else pieces.push(Buffer.from(at === 0 ? "" : ","), piece.subarray(head.length, -2));
    }
    return Buffer.concat(encoding === "protobuf" ? pieces : [Buffer.from(head), ...pieces, Buffer.from("]}")]);
  }
}
