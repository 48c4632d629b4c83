import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** A way to a TCP server on loopback that a test can cut: nothing arrives any more, in either direction, and nobody is told. */
export class TcpCut {
  readonly endpoint: string;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #isCut = false;

  private constructor(server: Server) {
    this.#server = server;
    this.endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  static async open(target: string): Promise<TcpCut> {
    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const cut = new TcpCut(server);
    server.on("connection", (socket) => cut.#handleConnection(socket, Number(new URL(target).port)));
    return cut;
  }

  cut(): void {
    this.#isCut = true;
    for (const socket of this.#sockets) socket.pause();
  }

  /** New connections get through; what was open when it was cut is gone. */
  heal(): void {
    this.#isCut = false;
    this.#destroyAll();
  }

  close(): void {
    this.#server.close();
    this.#destroyAll();
  }

  #destroyAll(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
  }

  #handleConnection(near: Socket, port: number): void {
    const far = connect(port, "127.0.0.1");
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(socket);
      socket.on("data", (data) => other.write(data));
      // One end going takes the other along; a reset is how a server ends that is killed.
      socket.on("error", () => other.destroy());
      socket.on("close", () => {
        this.#sockets.delete(socket);
        if (!this.#isCut) other.destroy();
      });
      if (this.#isCut) socket.pause();
    }
  }
}
