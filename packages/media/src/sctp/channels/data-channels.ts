import type { DtlsRole } from "../../dtls/dtls-port.js";
import type { Instant } from "../../time/instant.js";
import { Fifo } from "../fifo.js";
import type { IncomingMessage } from "../receiving/fragment-assembler.js";
import type { SctpAssociation, SctpCloseReason } from "../sctp-association.js";
import { type DataChannelOpen, parseDcep, serializeDcep } from "./dcep-message.js";

/** Channels that may be open or closing at a time. */
export const MAX_DATA_CHANNELS = 64;

/** Payload protocol identifiers (RFC 8831 §8). */
const PPID = { dcep: 50, string: 51, binary: 53, emptyString: 56, emptyBinary: 57 } as const;

/** SCTP carries no empty message: one zero byte stands for it (RFC 8831 §6.6). */
const EMPTY = new Uint8Array(1);

export type DataChannelOptions = Omit<DataChannelOpen, "type" | "protocol"> & { readonly protocol?: string };

export type DataChannelEvent =
  | { readonly type: "connected" }
  /** Opened by the peer, or ours and the peer knows of it. */
  | { readonly type: "opened"; readonly channelId: number; readonly parameters: DataChannelOpen }
  | { readonly type: "message"; readonly channelId: number; readonly isBinary: boolean; readonly payload: Uint8Array }
  | { readonly type: "closed"; readonly channelId: number }
  /** The association is gone, and all channels with it. */
  | { readonly type: "failed"; readonly reason: SctpCloseReason };

type ChannelState =
  /** OPEN has been sent; messages may follow it, but in order (RFC 8832 §6). */
  | { readonly type: "opening" }
  | { readonly type: "open" }
  /** Both streams are being reset (RFC 8831 §6.7). */
  | { readonly type: "closing"; readonly isOutgoingReset: boolean; readonly isIncomingReset: boolean };

interface Channel {
  readonly channelId: number;
  readonly parameters: DataChannelOpen;
  state: ChannelState;
}

/** Data channels on an association: who opens which stream, and how it closes (RFC 8831, RFC 8832). */
export class DataChannels {
  readonly #association: SctpAssociation;
  /** [RFC8832 §6] Streams that the DTLS client opens are even, the server's odd. */
  readonly #parity: 0 | 1;
  readonly #channels = new Map<number, Channel>();
  readonly #events = new Fifo<DataChannelEvent>();
  #hasFailed = false;

  constructor(association: SctpAssociation, role: DtlsRole) {
    this.#association = association;
    this.#parity = role === "client" ? 0 : 1;
  }

  /** Channels that are open, being opened or being closed. */
  get size(): number {
    return this.#channels.size;
  }

  /**
   * Opens a channel; messages may be sent on it at once, `opened` follows. May be called before the association is connected. Undefined: there
   * are {@link MAX_DATA_CHANNELS} already, or the association is gone.
   *
   * @throws RangeError for a label or protocol that is too long
   */
  open(options: DataChannelOptions, now: Instant): number | undefined {
    const channelId = this.#freeId();
    if (channelId === undefined || this.#hasFailed) return undefined;
    const parameters: DataChannelOpen = { type: "open", protocol: "", ...options };
    const isSent = this.#association.send(channelId, PPID.dcep, serializeDcep(parameters), { isOrdered: true }, now, true);
    if (!isSent) return undefined;
    this.#channels.set(channelId, { channelId, parameters, state: { type: "opening" } });
    return channelId;
  }

  /** Whether messages can be sent on it: it is open, or being opened. */
  isUsable(channelId: number): boolean {
    const channel = this.#channels.get(channelId);
    return channel !== undefined && channel.state.type !== "closing";
  }

  /** False: no such channel, or no room. `payload` must not change until it has arrived. */
  send(channelId: number, payload: Uint8Array, isBinary: boolean, now: Instant): boolean {
    const channel = this.#channels.get(channelId);
    if (channel === undefined || channel.state.type === "closing") return false;
    const { isOrdered, maxRetransmits, maxPacketLifeTimeMs } = channel.parameters;
    const options = {
      isOrdered: isOrdered || channel.state.type === "opening",
      maxRetransmits,
      maxLifetimeMs: maxPacketLifeTimeMs,
    };
    if (payload.length === 0) {
      return this.#association.send(channelId, isBinary ? PPID.emptyBinary : PPID.emptyString, EMPTY, options, now);
    }
    return this.#association.send(channelId, isBinary ? PPID.binary : PPID.string, payload, options, now);
  }

  /** Bytes that have not begun to leave (`bufferedAmount` of W3C). */
  bufferedBytes(channelId: number): number {
    return this.#association.waitingBytes(channelId);
  }

  /** What was sent before still arrives; `closed` follows. */
  close(channelId: number): void {
    const channel = this.#channels.get(channelId);
    if (channel !== undefined) this.#close(channel, false);
  }

  /** The next event; takes those of the association. */
  pollEvent(now: Instant): DataChannelEvent | undefined {
    for (;;) {
      const event = this.#events.shift();
      if (event !== undefined) return event;
      const below = this.#association.pollEvent();
      if (below === undefined) return undefined;
      switch (below.type) {
        case "connected":
          this.#events.push({ type: "connected" });
          // The peer may allow fewer streams than we have used already.
          for (const channelId of [...this.#channels.keys()]) {
            if (!this.#association.canSend(channelId)) this.#remove(channelId);
          }
          break;
        case "restarted":
          this.#closeAll();
          this.#events.push({ type: "connected" });
          break;
        case "message":
          this.#handleMessage(below, now);
          break;
        case "outgoingReset":
          for (const channelId of below.streamIds) this.#handleReset(channelId, true);
          break;
        case "incomingReset":
          this.#handleIncomingReset(below.streamIds);
          break;
        case "closed":
          this.#hasFailed = true;
          this.#closeAll();
          this.#events.push({ type: "failed", reason: below.reason });
          break;
      }
    }
  }

  #handleMessage({ streamId, ppid, payload }: IncomingMessage, now: Instant): void {
    if (ppid === PPID.dcep) {
      this.#handleDcep(streamId, payload, now);
      return;
    }
    const channel = this.#channels.get(streamId);
    const isKnown = ppid === PPID.string || ppid === PPID.binary || ppid === PPID.emptyString || ppid === PPID.emptyBinary;
    // What the peer sent before it learnt that we close is of no use to anybody.
    if (channel === undefined || !isKnown || channel.state.type === "closing") {
      this.#association.counters.strayMessage++;
      return;
    }
    this.#handleAck(channel);
    const isBinary = ppid === PPID.binary || ppid === PPID.emptyBinary;
    const isEmpty = ppid === PPID.emptyBinary || ppid === PPID.emptyString;
    this.#events.push({ type: "message", channelId: streamId, isBinary, payload: isEmpty ? new Uint8Array() : payload });
  }

  #handleDcep(channelId: number, payload: Uint8Array, now: Instant): void {
    const message = parseDcep(payload);
    const channel = this.#channels.get(channelId);
    if (message?.type === "ack" && channel !== undefined) this.#handleAck(channel);
    else if (message?.type === "open") this.#handleOpen(channelId, message, now);
    else {
      this.#association.counters.refusedChannel++;
      if (channel === undefined && message === undefined) this.#association.resetStream(channelId);
    }
  }

  /** [RFC8832 §6] */
  #handleOpen(channelId: number, parameters: DataChannelOpen, now: Instant): void {
    const known = this.#channels.get(channelId);
    if (known !== undefined) {
      // The peer may use the id again as soon as it has reset our stream too; its word for that may not have arrived yet.
      const isReset = known.state.type === "closing" && known.state.isIncomingReset && this.#association.assumeReset(channelId);
      if (!isReset) {
        this.#association.counters.refusedChannel++;
        return;
      }
      this.#handleReset(channelId, true);
    }
    if (channelId % 2 === this.#parity || this.#channels.size >= MAX_DATA_CHANNELS) {
      this.#association.counters.refusedChannel++;
      this.#association.resetStream(channelId);
      return;
    }
    this.#association.send(channelId, PPID.dcep, serializeDcep({ type: "ack" }), { isOrdered: true }, now, true);
    this.#channels.set(channelId, { channelId, parameters, state: { type: "open" } });
    this.#events.push({ type: "opened", channelId, parameters });
  }

  /** The ACK, or a message, which says the same. */
  #handleAck(channel: Channel): void {
    if (channel.state.type !== "opening") return;
    channel.state = { type: "open" };
    this.#events.push({ type: "opened", channelId: channel.channelId, parameters: channel.parameters });
  }

  #handleIncomingReset(streamIds: readonly number[]): void {
    for (const channelId of streamIds.length === 0 ? [...this.#channels.keys()] : streamIds) {
      const channel = this.#channels.get(channelId);
      if (channel === undefined) continue;
      if (channel.state.type === "closing") this.#handleReset(channelId, false);
      else this.#close(channel, true);
    }
  }

  #close(channel: Channel, isIncomingReset: boolean): void {
    if (channel.state.type === "closing") return;
    const { channelId } = channel;
    channel.state = { type: "closing", isOutgoingReset: false, isIncomingReset };
    // A peer that closes reads no more.
    if (isIncomingReset) this.#association.dropStream(channelId);
    if (this.#association.resetStream(channelId)) return;
    this.#association.dropStream(channelId);
    this.#remove(channelId);
  }

  #handleReset(channelId: number, isOutgoing: boolean): void {
    const channel = this.#channels.get(channelId);
    if (channel?.state.type !== "closing") return;
    const isOutgoingReset = channel.state.isOutgoingReset || isOutgoing;
    const isIncomingReset = channel.state.isIncomingReset || !isOutgoing;
    channel.state = { type: "closing", isOutgoingReset, isIncomingReset };
    if (isOutgoingReset && isIncomingReset) this.#remove(channelId);
  }

  #remove(channelId: number): void {
    if (this.#channels.delete(channelId)) this.#events.push({ type: "closed", channelId });
  }

  #closeAll(): void {
    for (const channelId of [...this.#channels.keys()]) this.#remove(channelId);
  }

  #freeId(): number | undefined {
    if (this.#channels.size >= MAX_DATA_CHANNELS) return undefined;
    // Among so many ids one is free: each channel holds one.
    for (let channelId: number = this.#parity; channelId <= 2 * MAX_DATA_CHANNELS + 1; channelId += 2) {
      if (!this.#channels.has(channelId)) return channelId;
    }
    return undefined;
  }
}
