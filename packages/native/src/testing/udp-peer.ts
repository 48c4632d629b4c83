import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { networkInterfaces } from "node:os";
import type { TransportAddress } from "@sluice/media";

/** The other end of a test: an ordinary dgram socket that remembers what it received. */
export class UdpPeer {
  readonly address: TransportAddress;
  readonly received: { readonly bytes: Buffer; readonly port: number; readonly ip: string }[] = [];
  readonly #socket: Socket;
  #waiting: { readonly count: number; readonly resolve: () => void }[] = [];

  private constructor(socket: Socket) {
    this.#socket = socket;
    const { address, family, port } = socket.address();
    this.address = { family: family === "IPv6" ? "IPv6" : "IPv4", ip: address, port };
    socket.on("message", (bytes, source) => {
      this.received.push({ bytes, port: source.port, ip: source.address });
      this.#waiting = this.#waiting.filter(({ count, resolve }) => {
        if (this.received.length < count) return true;
        resolve();
        return false;
      });
    });
  }

  static async open(ip = "127.0.0.1"): Promise<UdpPeer> {
    const socket = createSocket({ type: ip.includes(":") ? "udp6" : "udp4", recvBufferSize: 4 * 1024 * 1024 });
    socket.bind(0, ip);
    await once(socket, "listening");
    return new UdpPeer(socket);
  }

  /** Resolves when the kernel has the datagram. */
  send(bytes: Uint8Array, to: TransportAddress): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.send(bytes, to.port, to.ip, (error) => (error === null ? resolve() : reject(error)));
    });
  }

  hasReceived(count: number): Promise<void> {
    if (this.received.length >= count) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.push({ count, resolve });
    });
  }

  close(): void {
    this.#socket.close();
  }
}

export function hasIpv6Loopback(): boolean {
  return Object.values(networkInterfaces()).some((addresses) => addresses?.some(({ address }) => address === "::1"));
}
