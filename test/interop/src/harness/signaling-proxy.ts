import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** Stands between clients and a node's HTTP port, so that their connections can break as networks break them: without a word. */
export class SignalingProxy {
  readonly #server: Server;
  readonly #pairs = new Set<readonly [client: Socket, node: Socket]>();
  #isCut = false;

  private constructor(nodeUrl: string) {
    const { hostname, port } = new URL(nodeUrl);
    this.#server = createServer((client) => {
      if (this.#isCut) client.resetAndDestroy();
      else this.#join(client, connect(Number(port), hostname));
    });
  }

  static async open(nodeUrl: string): Promise<SignalingProxy> {
    const proxy = new SignalingProxy(nodeUrl);
    proxy.#server.listen(0, "127.0.0.1");
    await once(proxy.#server, "listening");
    return proxy;
  }

  /** In place of the node's. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Every connection breaks, and no new one stands until {@link mend}. */
  cut(): void {
    this.#isCut = true;
    for (const pair of this.#pairs) for (const socket of pair) socket.resetAndDestroy();
  }

  mend(): void {
    this.#isCut = false;
  }

  /** Whatever the clients of now do or say, the node does not hear of it: not even that they are gone. */
  freeze(): void {
    for (const [client, node] of this.#pairs) {
      client.unpipe(node);
      client.removeAllListeners("close");
      client.resume();
    }
  }

  async close(): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, "close");
  }

  #join(client: Socket, node: Socket): void {
    const pair = [client, node] as const;
    this.#pairs.add(pair);
    // A reset is followed by a close.
    for (const socket of pair) socket.on("error", () => undefined);
    client.on("close", () => node.destroy());
    node.on("close", () => {
      client.destroy();
      this.#pairs.delete(pair);
    });
    // What has ended at one side is destroyed at the other, so that no half of a connection stays.
    client.pipe(node, { end: false });
    node.pipe(client, { end: false });
  }
}
