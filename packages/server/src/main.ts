/**
 * The control process: the only place that knows all the parts and puts them together. It never touches a packet; a worker
 * never touches a token.
 */
import { randomBytes } from "node:crypto";
import { networkInterfaces } from "node:os";
import { fileURLToPath } from "node:url";
import { TokenVerifier } from "./auth/token-verifier.js";
import { DEV_KEY, DEV_SECRET } from "./config/api-keys.js";
import type { Config } from "./config/config.js";
import { HttpServer } from "./http/http-server.js";
import { createLog, type Log } from "./log/log.js";
import { SYSTEM_CLOCK } from "./session/clock.js";
import { createEntropy } from "./session/entropy.js";
import { Rooms } from "./session/rooms.js";
import { JsonRpcDoor } from "./signaling/jsonrpc/json-rpc-door.js";
import { planUdp } from "./worker/udp-plan.js";
import { workerEnvironment } from "./worker/worker-environment.js";
import { WorkerSupervisor } from "./worker/worker-supervisor.js";

/** A node that listens, with what a person wants to see when it has started. */
export interface RunningServer {
  /** Of the demo page and, with `ws` for `http`, of the doors; for example "http://127.0.0.1:7880". */
  readonly url: string;
  /** The packet path of every worker, each different line once. */
  readonly packetPaths: readonly string[];
  /** The published development key, when this node takes it. */
  readonly devKey: { readonly key: string; readonly secret: string } | undefined;
  /** Of the media workers, for tests that kill one; undefined while a worker is being replaced. */
  readonly workerProcessIds: readonly (number | undefined)[];
  /** Tells every client, ends the workers, stops listening. Takes 3 s at most; calling it again waits for the same end. */
  close(): Promise<void>;
}

/** How often connection quality is looked at, ms. */
const STATISTICS_INTERVAL_MS = 4_000;
/** What the last messages have to leave, ms. */
const FAREWELL_MS = 200;

/**
 * Starts a node: resolves when it listens and all its workers are ready, rejects with a SluiceError that says what to change.
 * Installs nothing process-wide; the command does (see runServer).
 */
export async function startServer(config: Config, log: Log = createLog(config.log)): Promise<RunningServer> {
  for (const warning of config.warnings) log.warn(warning);
  const interfaces = networkInterfaces();
  const supervisor = new WorkerSupervisor({
    program: fileURLToPath(new URL("./worker/worker-process/main.js", import.meta.url)),
    workers: Array.from({ length: config.workers }, (_, index) => {
      return { index, packetPath: config.packetPath, ...planUdp(config, interfaces, index) };
    }),
    log,
    environment: workerEnvironment(),
  });
  const rooms = new Rooms({ config, clock: SYSTEM_CLOCK, entropy: createEntropy(randomBytes), workers: supervisor });
  const verifier = new TokenVerifier(config.keys);
  const door = new JsonRpcDoor({ config, rooms, verifier, clock: SYSTEM_CLOCK, log });
  const statistics = setInterval(() => supervisor.requestStatistics(), STATISTICS_INTERVAL_MS);
  let http: HttpServer | undefined;

  const shutDown = async () => {
    clearInterval(statistics);
    rooms.close();
    door.close();
    await Promise.all([supervisor.close(), farewell()]);
    door.terminate();
    await http?.close();
  };
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= shutDown();
    return closing;
  };

  try {
    http = await HttpServer.open({
      config,
      log,
      isReady: () => supervisor.isReady,
      upgrades: new Map([[JsonRpcDoor.PATH, (request, socket, head) => void door.handleUpgrade(request, socket, head)]]),
    });
    await supervisor.start(rooms);
  } catch (error) {
    await close();
    throw error;
  }
  log.info({ url: http.url }, "listening");
  return {
    url: http.url,
    packetPaths: [...new Set(supervisor.readyWorkers.map(({ packetPath }) => packetPath))],
    devKey: config.keys.get(DEV_KEY) === DEV_SECRET ? { key: DEV_KEY, secret: DEV_SECRET } : undefined,
    get workerProcessIds() {
      return supervisor.processIds;
    },
    close,
  };
}

function farewell(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, FAREWELL_MS));
}
