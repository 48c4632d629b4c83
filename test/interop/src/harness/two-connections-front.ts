import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

const NOT_FOUND = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

/**
 * Stands in front of a node's HTTP port and knows no `/rtc/v1`, like a server of before there was one: clients that would rather
 * have one peer connection then come with two.
 */
export class TwoConnectionsFront {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** Requests for `/rtc/v1` so far. */
  refused = 0;

  private constructor(nodeUrl: string) {
    const { hostname, port } = new URL(nodeUrl);
    this.#server = createServer((client) => {
      this.#watch(client);
      client.once("data", (head) => this.#handleHead(client, head, Number(port), hostname));
    });
  }

  static async open(nodeUrl: string): Promise<TwoConnectionsFront> {
    const front = new TwoConnectionsFront(nodeUrl);
    front.#server.listen(0, "127.0.0.1");
    await once(front.#server, "listening");
    return front;
  }

  /** In place of the node's. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }

  /** `head`: the first piece of the client's request, which has its path. */
  #handleHead(client: Socket, head: Buffer, port: number, hostname: string): void {
    if (/^GET \/rtc\/v1\b/.test(head.toString("latin1", 0, 32))) {
      this.refused += 1;
      client.end(NOT_FOUND);
      client.resume();
      return;
    }
    const node = this.#watch(connect(port, hostname));
    client.on("close", () => node.destroy());
    node.on("close", () => client.destroy());
    node.write(head);
    client.pipe(node);
    node.pipe(client);
  }

  #watch(socket: Socket): Socket {
    this.#sockets.add(socket);
    // An error is followed by a close.
    socket.on("error", () => undefined);
    return socket.on("close", () => this.#sockets.delete(socket));
  }
}
