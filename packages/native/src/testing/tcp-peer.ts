import { connect, type Socket } from "node:net";
import type { TransportAddress } from "@sluice/media";
import { FrameReader } from "../tcp/frame-reader.js";

/** A client on the loopback that speaks RFC 4571, and remembers what it gets. */
export class TcpPeer {
  readonly received: Uint8Array[] = [];
  readonly socket: Socket;
  /** When the connection has ended, whoever ended it. */
  readonly closed: Promise<void>;
  readonly #reader = new FrameReader();
  #waiting: { readonly count: number; readonly resolve: () => void }[] = [];

  private constructor(socket: Socket) {
    this.socket = socket;
    this.closed = new Promise((resolve) => socket.once("close", () => resolve()));
    socket.on("error", () => socket.destroy());
    socket.on("data", (chunk) => {
      this.#reader.read(chunk, (frame) => this.received.push(frame.slice()) > 0);
      this.#waiting = this.#waiting.filter(({ count, resolve }) => {
        if (this.received.length < count) return true;
        resolve();
        return false;
      });
    });
  }

  static async connect({ ip, port }: TransportAddress): Promise<TcpPeer> {
    const socket = connect({ host: ip, port, noDelay: true });
    const peer = new TcpPeer(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("error", reject);
    });
    return peer;
  }

  /** As the port sees it. */
  get address(): TransportAddress {
    const { localAddress: ip = "", localPort: port = 0 } = this.socket;
    return { family: ip.includes(":") ? "IPv6" : "IPv4", ip, port, protocol: "tcp" };
  }

  send(packet: Uint8Array): void {
    this.socket.write(Uint8Array.of(packet.length >> 8, packet.length & 0xff, ...packet));
  }

  /** The test's own time limit ends a wait in vain. */
  hasReceived(count: number): Promise<void> {
    if (this.received.length >= count) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.push({ count, resolve });
    });
  }

  close(): void {
    this.socket.destroy();
  }
}
