import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { SluiceError } from "@sluice/protocol";
import { type BindAddress, isUnspecified } from "../config/bind-address.js";
import type { Log } from "../log/log.js";
import { requestPath } from "../signaling/upgrade/request-path.js";
import { showsToken } from "./bearer-token.js";

/** What is answered at one path. */
export interface AdminRoute {
  /** What a caller has to show; undefined: nothing. */
  readonly token: string | undefined;
  /** Answers, to the end. What it rejects with becomes a 500 and is logged. */
  readonly answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
}

export interface AdminServerOptions {
  readonly bindAddress: BindAddress;
  /** By path. */
  readonly routes: ReadonlyMap<string, AdminRoute>;
  readonly log: Log;
}

/** Tokens fit; operators' tools send little else. */
const MAX_HEADER_BYTES = 16_384;
const HEADERS_TIMEOUT_MS = 5_000;
const MAX_CONNECTIONS = 64;

/** HTTP for operators, on a listener of its own, so that what is open to clients never has these paths. */
export class AdminServer {
  readonly #options: AdminServerOptions;
  readonly #server: Server;

  private constructor(options: AdminServerOptions) {
    this.#options = options;
    const limits = { maxHeaderSize: MAX_HEADER_BYTES, headersTimeout: HEADERS_TIMEOUT_MS };
    this.#server = createServer(limits, (request, response) => void this.#answer(request, response));
    this.#server.maxConnections = MAX_CONNECTIONS;
  }

  /** Listening when it resolves. Throws SluiceError `failedPrecondition` when the address cannot be bound. */
  static async open(options: AdminServerOptions): Promise<AdminServer> {
    const { bindAddress, log } = options;
    const { host, port } = bindAddress;
    const admin = new AdminServer(options);
    try {
      await new Promise<void>((resolve, reject) => {
        admin.#server.once("error", reject);
        admin.#server.listen({ port, ...(host === undefined ? {} : { host }) }, resolve);
      });
    } catch (cause) {
      const isTaken = (cause as NodeJS.ErrnoException).code === "EADDRINUSE";
      const why = isTaken ? "another program listens there; set admin.bind-address" : (cause as Error).message;
      throw new SluiceError("failedPrecondition", `cannot listen on ${host ?? "*"}:${port} for operators: ${why}`, { cause });
    }
    admin.#server.on("error", (error) => log.error({ error: error.message }, "admin listener error"));
    return admin;
  }

  /** How to reach it from this machine, without a slash at the end. */
  get url(): string {
    const { host } = this.#options.bindAddress;
    const { port } = this.#server.address() as AddressInfo;
    const reachable = host === undefined || isUnspecified(host) ? "127.0.0.1" : host;
    return `http://${reachable.includes(":") ? `[${reachable}]` : reachable}:${port}`;
  }

  /** Whatever is being answered ends. */
  async close(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { routes, log } = this.#options;
    response.setHeader("Cache-Control", "no-store");
    response.setHeader("X-Content-Type-Options", "nosniff");
    const path = requestPath(request.url);
    const route = routes.get(path);
    if (route === undefined) return refuse(response, 404, `there is ${[...routes.keys()].join(", ")}`);
    if (request.method !== "GET") return refuse(response, 405, "GET", { Allow: "GET" });
    if (route.token !== undefined && !showsToken(request.headers.authorization, route.token)) {
      return refuse(response, 401, "show the token: Authorization: Bearer …", { "WWW-Authenticate": 'Bearer realm="sluice"' });
    }
    try {
      await route.answer(request, response);
    } catch (error) {
      log.error({ path, error }, "an operator's request failed");
      if (response.headersSent) response.destroy();
      else refuse(response, 500, "internal error; the server's log has more");
    }
  }
}

export function refuse(
  response: ServerResponse,
  status: number,
  reason: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { ...headers, "Content-Type": "text/plain; charset=utf-8" }).end(`${reason}\n`);
}
