import { createHmac, randomBytes } from "node:crypto";
import { type DataChannelEvent, DataChannels, SctpAssociation } from "@sluice/media";
import { monotonicNow } from "@sluice/native";

/** Our own SCTP and data channels in real time, without anything below them. */
export class DataPeer {
  readonly association = new SctpAssociation({
    crypto: {
      hmacSha1: (key, data) => new Uint8Array(createHmac("sha1", key).update(data).digest()),
      randomBytes: (length) => new Uint8Array(randomBytes(length)),
    },
    localPort: 5000,
    remotePort: 5000,
  });
  readonly channels: DataChannels;
  readonly events: DataChannelEvent[] = [];
  readonly #send: (packet: Uint8Array) => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(role: "client" | "server", send: (packet: Uint8Array) => void) {
    this.channels = new DataChannels(this.association, role);
    this.#send = send;
  }

  connect(): void {
    this.association.connect(monotonicNow());
    this.drain();
  }

  handlePacket(packet: Uint8Array): void {
    this.association.handlePacket(packet, monotonicNow());
    this.drain();
  }

  /** After every command: lets it say what it has to say. */
  drain(): void {
    const now = monotonicNow();
    for (let event = this.channels.pollEvent(now); event !== undefined; event = this.channels.pollEvent(now)) {
      this.events.push(event);
    }
    for (let packet = this.association.pollPacket(now); packet !== undefined; packet = this.association.pollPacket(now)) {
      this.#send(packet);
    }
    clearTimeout(this.#timer);
    const deadline = this.association.pollTimeout();
    if (deadline === undefined) return;
    const delayMs = Math.max(1, (deadline - now) / 1000);
    this.#timer = setTimeout(() => {
      this.association.handleTimeout(monotonicNow());
      this.drain();
    }, delayMs);
  }

  send(channelId: number, payload: Uint8Array, isBinary: boolean): boolean {
    const isTaken = this.channels.send(channelId, payload, isBinary, monotonicNow());
    this.drain();
    return isTaken;
  }

  open(label: string): number {
    const channelId = this.channels.open({ label, isOrdered: true }, monotonicNow());
    if (channelId === undefined) throw new Error("no channel is free");
    this.drain();
    return channelId;
  }

  /** Payloads of messages on this channel. */
  messages(channelId: number): Uint8Array[] {
    return this.events.flatMap((event) => (event.type === "message" && event.channelId === channelId ? [event.payload] : []));
  }

  close(): void {
    clearTimeout(this.#timer);
    this.association.abort();
    this.drain();
  }
}
