import {
  type ClientDataHeader,
  parseServerDataMessage,
  type ServerDataMessage,
  serializeDataMessage,
} from "../data-message.js";
import { SluiceError } from "../error-code.js";
import {
  MAX_CHANNEL_MESSAGE_BYTES,
  MAX_DATA_BYTES,
  MAX_DATA_PAYLOAD_BYTES,
  MAX_IDS_PER_REQUEST,
  MAX_LOSSY_PAYLOAD_BYTES,
  MAX_TOPIC_LENGTH,
} from "../limits.js";
import type { Notifications, Params, Result } from "../methods.js";
import type { DataChannelListener, DataChannelPort, DataKind } from "./data-channel-port.js";
import { ReliableDataQueue } from "./reliable-data-queue.js";
import type { Scheduler } from "./scheduler.js";

/** What was received, by a channel or by signaling. */
export interface ReceivedData {
  /** Participant id of the sender. */
  readonly from: string;
  /** Empty when the sender gave none. */
  readonly topic: string;
  readonly data: Uint8Array;
}

export interface SendDataOptions {
  /** Participant ids; absent: everybody else. */
  readonly to?: readonly string[];
  readonly topic?: string;
  /** Default true. False: on time or not at all, and not in order. */
  readonly reliable?: boolean;
}

/** What stands on the channels: our own envelope, or another door's. */
export interface DataFormat {
  /** One message, ready to be sent. Throws SluiceError `invalidArgument` for what the door does not take. */
  serialize(header: ClientDataHeader, payload: Uint8Array, kind: DataKind): Uint8Array<ArrayBuffer>;
  /** undefined: it is none, or nobody is to hear of it. */
  parse(bytes: Uint8Array): ServerDataMessage | undefined;
}

const OWN_FORMAT: DataFormat = { serialize: serializeDataMessage, parse: parseServerDataMessage };

export interface DataExchangeOptions {
  /** By which small messages go while no channel is open; undefined: they wait for one. */
  readonly link: { request(method: "sendData", params: Params<"sendData">): Promise<Result<"sendData">> } | undefined;
  /** Default: our own. */
  readonly format?: DataFormat;
  readonly scheduler: Scheduler;
  readonly encodeBase64: (bytes: Uint8Array) => string;
  readonly decodeBase64: (text: string) => Uint8Array | undefined;
  readonly handleData: (message: ReceivedData) => void;
}

/** When so much waits in the lossy channel the path does not carry it, bytes: what would come late is not sent. */
const MAX_LOSSY_BUFFERED_BYTES = 64 * 1024;

/** Our data messages, over as many peer connections as it takes, and by signaling while there is none. */
export class DataExchange {
  readonly #options: DataExchangeOptions;
  readonly #format: DataFormat;
  readonly #reliable: ReliableDataQueue;
  #lossy: DataChannelPort | undefined;
  #listener: DataChannelListener | undefined;
  #closed: SluiceError | undefined;

  constructor(options: DataExchangeOptions) {
    this.#options = options;
    this.#format = options.format ?? OWN_FORMAT;
    this.#reliable = new ReliableDataQueue(options.scheduler);
  }

  /** For the channels of a new peer connection; those of the one before are over. */
  listen(): DataChannelListener {
    this.#setChannel("reliable", undefined);
    this.#setChannel("lossy", undefined);
    const ifCurrent = (run: () => void) => {
      if (this.#listener === listener && this.#closed === undefined) run();
    };
    const listener: DataChannelListener = {
      handleOpen: (kind, channel) => ifCurrent(() => this.#setChannel(kind, channel)),
      handleClose: (kind) => ifCurrent(() => this.#setChannel(kind, undefined)),
      handleDrained: (kind) => ifCurrent(() => kind === "reliable" && this.#reliable.handleDrained()),
      handleMessage: (bytes) => ifCurrent(() => this.#handleMessage(bytes)),
    };
    this.#listener = listener;
    return listener;
  }

  handleNotification({ from, topic, data }: Notifications["data"]): void {
    this.#options.handleData({ from, topic, data: this.#options.decodeBase64(data) ?? new Uint8Array() });
  }

  /**
   * Resolves when the next message is welcome, which is no proof of arrival. A lossy message that the path does not carry now is
   * dropped. Nothing is ever sent twice.
   *
   * @throws SluiceError `invalidArgument` for what is too long, `unavailable` for what may be lost, `resourceExhausted` when too
   *   much waits; and what the server says
   */
  async send(payload: Uint8Array, { to, topic, reliable = true }: SendDataOptions = {}): Promise<void> {
    if (this.#closed !== undefined) throw this.#closed;
    const limit = reliable ? MAX_DATA_PAYLOAD_BYTES : MAX_LOSSY_PAYLOAD_BYTES;
    if (payload.length > limit) {
      const kind = reliable ? "" : "lossy ";
      throw new SluiceError("invalidArgument", `${kind}data has ${payload.length} bytes, the limit is ${limit}`);
    }
    const header = { ...(topic === undefined ? {} : { topic }), ...(to === undefined ? {} : { to }) };
    const lossy = reliable ? undefined : this.#lossy;
    const bytes = serialize(this.#format, header, payload, lossy === undefined ? "reliable" : "lossy");
    if (lossy !== undefined) {
      sendLossy(lossy, bytes);
      return;
    }
    await this.#reliable.send({ payloadBytes: payload.length, bytes, request: this.#requestFor(header, payload) });
  }

  #requestFor(header: ClientDataHeader, payload: Uint8Array): (() => Promise<unknown>) | undefined {
    const { link, encodeBase64 } = this.#options;
    if (link === undefined || payload.length > MAX_DATA_BYTES) return undefined;
    // The copy that is sent, whatever becomes of the caller's bytes meanwhile.
    const copy = payload.slice();
    return () => link.request("sendData", { data: encodeBase64(copy), ...header });
  }

  /** The room is over. */
  close(error: SluiceError): void {
    this.#closed ??= error;
    this.#reliable.close(error);
  }

  #setChannel(kind: DataKind, channel: DataChannelPort | undefined): void {
    if (kind === "reliable") this.#reliable.setChannel(channel);
    else this.#lossy = channel;
  }

  #handleMessage(bytes: Uint8Array): void {
    const message = this.#format.parse(bytes);
    if (message === undefined) return;
    const { from, topic = "" } = message.header;
    // A copy: whoever looks at its buffer finds the payload there and nothing else.
    this.#options.handleData({ from, topic, data: message.payload.slice() });
  }
}

function sendLossy(channel: DataChannelPort, bytes: Uint8Array<ArrayBuffer>): void {
  if (channel.bufferedAmount > MAX_LOSSY_BUFFERED_BYTES) return;
  try {
    channel.send(bytes);
  } catch {
    // It has just closed: a lossy message that is lost.
  }
}

function serialize(format: DataFormat, header: ClientDataHeader, payload: Uint8Array, kind: DataKind): Uint8Array<ArrayBuffer> {
  if ((header.to?.length ?? 0) > MAX_IDS_PER_REQUEST) {
    throw new SluiceError("invalidArgument", `data goes to at most ${MAX_IDS_PER_REQUEST} listed participants`);
  }
  if ((header.topic?.length ?? 0) > MAX_TOPIC_LENGTH) {
    throw new SluiceError("invalidArgument", `a topic has at most ${MAX_TOPIC_LENGTH} characters`);
  }
  const bytes = format.serialize(header, payload, kind);
  if (bytes.length <= MAX_CHANNEL_MESSAGE_BYTES) return bytes;
  throw new SluiceError("invalidArgument", `with its list of receivers the message has ${bytes.length} bytes`);
}
