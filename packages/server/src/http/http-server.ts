import { readFileSync } from "node:fs";
import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { MAX_NAME_LENGTH, SluiceError } from "@sluice/protocol";
import fastify, { type FastifyInstance } from "fastify";
import { createToken } from "../auth/create-token.js";
import { DEV_KEY, DEV_SECRET } from "../config/api-keys.js";
import { type BindAddress, isUnspecified } from "../config/bind-address.js";
import type { Config } from "../config/config.js";
import type { Log } from "../log/log.js";
import { refuseUpgrade } from "../signaling/upgrade/refuse-upgrade.js";
import { requestPath } from "../signaling/upgrade/request-path.js";
import { openStaticFiles } from "./static-files.js";

export interface HttpServerOptions {
  readonly config: Pick<Config, "bindAddresses" | "tls" | "isDev" | "keys">;
  readonly log: Log;
  /** Whether clients may come: the answer of /readyz. */
  readonly isReady: () => boolean;
  /** What else is answered besides files and health. */
  readonly addRoutes?: (app: FastifyInstance) => void;
  /** By path. */
  readonly upgrades: ReadonlyMap<string, UpgradeListener>;
}

export type UpgradeListener = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

/**
 * Room for an access token of 16 KiB in the URL, some cookies, and the join request of a LiveKit client, who packs its first offer into
 * the URL: 8 kB of base64 packed, 40 kB unpacked.
 */
export const MAX_HEADER_BYTES = 131_072;
/** Slow-loris protection: a request's head has to be there in this time, ms. */
const HEADERS_TIMEOUT_MS = 10_000;

/** HTTP(S) on every bind address: health, the demo page, and upgrades to the doors. */
export class HttpServer {
  readonly #options: HttpServerOptions;
  readonly #app: FastifyInstance;
  readonly #servers: Server[] = [];

  private constructor(options: HttpServerOptions, app: FastifyInstance) {
    this.#options = options;
    this.#app = app;
  }

  /** Listening when it resolves. Throws SluiceError `failedPrecondition` when an address cannot be bound or a TLS file not read. */
  static async open(options: HttpServerOptions): Promise<HttpServer> {
    const app = createApp(options);
    await app.ready();
    const server = new HttpServer(options, app);
    try {
      for (const address of options.config.bindAddresses) await server.#listen(address);
    } catch (error) {
      await server.close();
      throw error;
    }
    return server;
  }

  /** How to reach the first bind address from this machine, without a slash at the end. */
  get url(): string {
    const [server] = this.#servers;
    const [bind] = this.#options.config.bindAddresses;
    const { port } = server?.address() as AddressInfo;
    const everywhere = bind?.host?.includes(":") ? "::1" : "127.0.0.1";
    const host = bind?.host === undefined || isUnspecified(bind.host) ? everywhere : bind.host;
    const scheme = this.#options.config.tls === undefined ? "http" : "https";
    return `${scheme}://${host.includes(":") ? `[${host}]` : host}:${port}`;
  }

  async close(): Promise<void> {
    await Promise.all(
      this.#servers.map(
        (server) =>
          new Promise<void>((resolve) => {
            server.close(() => resolve());
            server.closeAllConnections();
          }),
      ),
    );
    await this.#app.close();
  }

  async #listen({ host, port }: BindAddress): Promise<void> {
    const server = this.#createServer();
    try {
      await new Promise<void>((resolve, reject) => {
        server.once("error", reject);
        server.listen({ port, ...(host === undefined ? {} : { host }) }, resolve);
      });
    } catch (cause) {
      const code = (cause as NodeJS.ErrnoException).code;
      if (host === "::1" && this.#servers.length > 0 && (code === "EADDRNOTAVAIL" || code === "EAFNOSUPPORT")) {
        this.#options.log.info("this machine has no IPv6 loopback: listening on IPv4 only");
        return;
      }
      const why = code === "EADDRINUSE" ? "another program listens there" : (cause as Error).message;
      throw new SluiceError("failedPrecondition", `cannot listen on ${host ?? "*"}:${port}: ${why}`, { cause });
    }
    server.on("error", (error) => this.#options.log.error({ error: error.message }, "listener error"));
    this.#servers.push(server);
  }

  #createServer(): Server {
    const handle = (request: IncomingMessage, response: ServerResponse) => this.#app.routing(request, response);
    const limits = { maxHeaderSize: MAX_HEADER_BYTES, headersTimeout: HEADERS_TIMEOUT_MS };
    const { tls } = this.#options.config;
    const server = tls === undefined ? createHttpServer(limits, handle) : createTlsServer(tls, limits, handle);
    server.on("upgrade", (request, socket, head) => this.#handleUpgrade(request, socket, head));
    return server;
  }

  #handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const path = requestPath(request.url);
    const { upgrades } = this.#options;
    const upgrade = upgrades.get(path);
    if (upgrade === undefined)
      refuseUpgrade(socket, new SluiceError("notFound", `WebSockets are at ${[...upgrades.keys()].join(", ")}`));
    else upgrade(request, socket, head);
  }
}

/** Requests are not logged: their URLs may hold tokens. */
function createApp({ config, isReady, addRoutes }: HttpServerOptions): FastifyInstance {
  // A path names a room at most. Some SDKs put their path behind a URL that ends with a slash.
  const routerOptions = { maxParamLength: MAX_NAME_LENGTH, ignoreDuplicateSlashes: true };
  const app = fastify({ logger: false, bodyLimit: 65_536, routerOptions });
  const files = openStaticFiles();
  app.addHook("onRequest", async (request, reply) => {
    const { raw } = reply;
    raw.setHeader("Content-Security-Policy", files.contentSecurityPolicy);
    raw.setHeader("X-Content-Type-Options", "nosniff");
    // A link to a room may hold a token.
    raw.setHeader("Referrer-Policy", "no-referrer");
    raw.setHeader("Permissions-Policy", "camera=(self), microphone=(self), display-capture=(self)");
    raw.setHeader("Cross-Origin-Opener-Policy", "same-origin");
    // LiveKit's clients look from pages of other origins whether there is a server at all.
    if (request.url === "/") raw.setHeader("Access-Control-Allow-Origin", "*");
  });
  app.get("/healthz", async () => "ok\n");
  app.get("/readyz", async (_request, reply) => {
    if (isReady()) return "ready\n";
    return reply.code(503).send("media workers are not ready\n");
  });
  if (config.isDev && config.keys.get(DEV_KEY) === DEV_SECRET) addDevToken(app);
  addRoutes?.(app);
  app.setNotFoundHandler(async (request, reply) => {
    if ((request.method === "GET" || request.method === "HEAD") && files.serve(request.raw, reply.raw)) return reply.hijack();
    return reply.code(404).type("text/plain").send("not found\n");
  });
  return app;
}

/** A token for the demo page. Only where the secret is public anyway; no other origin can read the answer. */
function addDevToken(app: FastifyInstance): void {
  app.get("/dev/token", async (request, reply) => {
    const { room, identity, name } = request.query as Record<string, unknown>;
    if (!isText(room) || !isText(identity))
      return reply.code(400).type("text/plain").send("room and identity: 1 to 256 characters\n");
    const grant = { room, roomJoin: true };
    const token = await createToken({ key: DEV_KEY, secret: DEV_SECRET, identity, grant, ...(isText(name) ? { name } : {}) });
    return reply.header("Cache-Control", "no-store").send({ token });
  });
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value.length >= 1 && value.length <= MAX_NAME_LENGTH;
}

function createTlsServer(
  tls: NonNullable<Config["tls"]>,
  limits: { readonly maxHeaderSize: number; readonly headersTimeout: number },
  handle: (request: IncomingMessage, response: ServerResponse) => void,
): Server {
  const cert = readTlsFile(tls.cert);
  const key = readTlsFile(tls.key);
  try {
    return createHttpsServer({ ...limits, cert, key }, handle);
  } catch (cause) {
    // "error:05800074:x509 certificate routines::key values mismatch": the last part is for people.
    const why = (cause as Error).message.split(":").at(-1);
    throw new SluiceError("failedPrecondition", `cannot serve TLS with ${tls.cert} and ${tls.key}: ${why}`, { cause });
  }
}

function readTlsFile(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new SluiceError("failedPrecondition", `cannot read the TLS file ${file}: ${(cause as Error).message}`, { cause });
  }
}
