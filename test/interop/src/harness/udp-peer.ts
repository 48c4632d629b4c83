import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";

const HOST = "127.0.0.1";

/** One UDP socket on the loopback that remembers what comes back. */
export class UdpPeer {
  readonly received: Buffer[] = [];
  readonly #socket: Socket;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("message", (datagram) => this.received.push(datagram));
    // The other end is gone; what comes after it is what counts.
    socket.on("error", () => undefined);
  }

  static async open(): Promise<UdpPeer> {
    const socket = createSocket("udp4");
    socket.bind(0, HOST);
    await once(socket, "listening");
    return new UdpPeer(socket);
  }

  get port(): number {
    return this.#socket.address().port;
  }

  /** Calls `handle` with every datagram, besides remembering it. */
  onDatagram(handle: (datagram: Buffer, port: number) => void): void {
    this.#socket.on("message", (datagram, { port }) => handle(datagram, port));
  }

  send(datagram: Buffer, port: number): void {
    if (datagram.length > 0) this.#socket.send(datagram, port, HOST);
  }

  close(): void {
    this.#socket.close();
  }
}
