/**
 * The control process: the only place that knows all the parts and puts them together. It never touches a packet; a worker
 * never touches a token.
 */
import { randomBytes } from "node:crypto";
import { networkInterfaces } from "node:os";
import { OperatorAccess } from "./admin/operator-access.js";
import { Agents } from "./agents/agents.js";
import { ABSENT_SERVICES } from "./api/absent-services.js";
import { createAgentDispatchService } from "./api/agent-dispatch-service.js";
import { createRoomService } from "./api/room-service.js";
import { TwirpEdge } from "./api/twirp/twirp-edge.js";
import { TokenVerifier } from "./auth/token-verifier.js";
import { Cluster, nodeAddress } from "./cluster/cluster.js";
import { NodeLoadMeter } from "./cluster/nodes/node-load-meter.js";
import { DEV_KEY, DEV_SECRET } from "./config/api-keys.js";
import type { Config } from "./config/config.js";
import { HttpServer, type UpgradeListener } from "./http/http-server.js";
import { addNodes } from "./http/nodes-route.js";
import { addRoomStatistics } from "./http/room-statistics-route.js";
import { createLog, type Log } from "./log/log.js";
import { SYSTEM_CLOCK } from "./session/clock.js";
import { createEntropy } from "./session/entropy.js";
import { RoomObservers } from "./session/room-observers.js";
import { Rooms } from "./session/rooms.js";
import { addHttpSessionRoutes } from "./signaling/http-session/http-session-routes.js";
import { JsonRpcDoor } from "./signaling/jsonrpc/json-rpc-door.js";
import { LiveKitDoor } from "./signaling/livekit/livekit-door.js";
import { addValidateRoutes } from "./signaling/livekit/validate-route.js";
import { ConnectionsByIp } from "./signaling/upgrade/connections-by-ip.js";
import { createWhepDoor } from "./signaling/whep/whep-door.js";
import { createWhipDoor } from "./signaling/whip/whip-door.js";
import { RoomMeter } from "./telemetry/room-meter.js";
import type { Tracing } from "./telemetry/tracing/tracing.js";
import { VERSION } from "./telemetry/version.js";
import { sendWebhook } from "./webhooks/send-webhook.js";
import { Webhooks } from "./webhooks/webhooks.js";
import { openWorkers } from "./worker/open-workers.js";
import type { WorkerSupervisor } from "./worker/worker-supervisor.js";

/** A node that listens, with what a person wants to see when it has started. */
export interface RunningServer {
  /** Of the demo page and, with `ws` for `http`, of the doors; for example "http://127.0.0.1:7880". */
  readonly url: string;
  /** Of the listener for operators; undefined: there is none. */
  readonly adminUrl: string | undefined;
  /** The packet path of every worker, each different line once. */
  readonly packetPaths: readonly string[];
  /** The published development key, when this node takes it. */
  readonly devKey: { readonly key: string; readonly secret: string } | undefined;
  /** Of the media workers, for tests that kill one; undefined while a worker is being replaced. */
  readonly workerProcessIds: readonly (number | undefined)[];
  /** Tells every client, ends the workers, stops listening. Takes 3 s at most; calling it again waits for the same end. */
  close(): Promise<void>;
}

/** How often workers are asked what they counted, ms. */
const STATISTICS_INTERVAL_MS = 1_000;
/** What the last messages have to leave, ms. */
const FAREWELL_MS = 200;
/** What the last spans have to leave, ms. */
const FLUSH_TRACES_MS = 1_500;

/**
 * Starts a node: resolves when it listens and all its workers are ready, rejects with a SluiceError that says what to change.
 * Installs nothing process-wide; the command does (see runServer). `supervisor`: of workers that have been started already.
 */
export async function startServer(
  config: Config,
  log: Log = createLog(config.log),
  supervisor: WorkerSupervisor = openWorkers(config, log),
): Promise<RunningServer> {
  try {
    return await openServer(config, log, supervisor);
  } catch (error) {
    await supervisor.close();
    throw error;
  }
}

async function openServer(config: Config, log: Log, supervisor: WorkerSupervisor): Promise<RunningServer> {
  for (const warning of config.warnings) log.warn(warning);
  const entropy = createEntropy(randomBytes);
  const node = { nodeId: config.nodeId ?? entropy.randomId("ND_"), region: config.region };
  const tracing = await openTracing(config, node, log);
  const spans = tracing?.spans;
  const webhooks = new Webhooks({
    config: config.webhook,
    keys: config.keys,
    send: sendWebhook,
    clock: SYSTEM_CLOCK,
    entropy,
    log,
  });
  const verifier = new TokenVerifier(config.keys);
  const connectionsByIp = new ConnectionsByIp(config.limits.connectionsPerIp);
  const agents = new Agents({ config, verifier, node, clock: SYSTEM_CLOCK, entropy, log, connectionsByIp });
  const roomMeter = new RoomMeter(SYSTEM_CLOCK);
  const observer = new RoomObservers([webhooks, agents.dispatcher, roomMeter]);
  const rooms = new Rooms({ config, clock: SYSTEM_CLOCK, entropy, workers: supervisor, log, observer, tracer: spans?.tracer });
  const door = new JsonRpcDoor({ config, rooms, verifier, clock: SYSTEM_CLOCK, log, connectionsByIp, spans });
  const twirp = new TwirpEdge({
    services: new Map([
      ["RoomService", createRoomService(rooms, config.room)],
      ["AgentDispatchService", createAgentDispatchService(rooms, agents.dispatcher, config.room)],
    ]),
    absentServices: ABSENT_SERVICES,
    verifier,
    clock: SYSTEM_CLOCK,
    log,
    spans,
  });
  const liveKitDoor = new LiveKitDoor({
    config,
    rooms,
    verifier,
    node,
    clock: SYSTEM_CLOCK,
    log,
    connectionsByIp,
    spans,
  });
  const httpOptions = { config, rooms, verifier, clock: SYSTEM_CLOCK, log, connectionsByIp, spans };
  const httpDoors = [createWhipDoor(httpOptions), createWhepDoor(httpOptions)];
  const doors = [door, liveKitDoor];
  const statistics = setInterval(() => supervisor.requestStatistics(), STATISTICS_INTERVAL_MS);
  let http: HttpServer | undefined;
  let cluster: Cluster | undefined;
  let operators: OperatorAccess | undefined;

  const shutDown = async () => {
    clearInterval(statistics);
    cluster?.withdraw();
    rooms.close();
    for (const each of doors) each.close();
    for (const each of httpDoors) each.close();
    agents.close();
    const traces = tracing?.exporter.close(FLUSH_TRACES_MS);
    await Promise.all([supervisor.close(), webhooks.close(), traces, cluster?.close(), farewell()]);
    for (const each of doors) each.terminate();
    agents.terminate();
    await Promise.all([http?.close(), operators?.close()]);
  };
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= shutDown();
    return closing;
  };

  const isReady = () => supervisor.isReady && cluster?.isConnected === true;

  try {
    cluster = await Cluster.open({ config, clock: SYSTEM_CLOCK, random: Math.random, log });
    http = await HttpServer.open({
      config,
      log,
      isReady,
      addRoutes: (app) => {
        addNodes(app, { membership: () => cluster?.membership, verifier, clock: SYSTEM_CLOCK });
        addRoomStatistics(app, { rooms, verifier, clock: SYSTEM_CLOCK });
        twirp.addRoutes(app);
        addValidateRoutes(app, liveKitDoor);
        for (const each of httpDoors) addHttpSessionRoutes(app, each);
      },
      upgrades: new Map([
        [JsonRpcDoor.PATH, (request, socket, head) => void door.handleUpgrade(request, socket, head)],
        ...LiveKitDoor.PATHS.map((path): [string, UpgradeListener] => [
          path,
          (request, socket, head) => void liveKitDoor.handleUpgrade(request, socket, head),
        ]),
        [Agents.PATH, (request, socket, head) => void agents.handleUpgrade(request, socket, head)],
      ]),
    });
    if (config.admin !== undefined) {
      const node = {
        isReady,
        rooms,
        roomMeter,
        doors: [
          { name: "jsonrpc", openCount: () => door.connectionCount, counters: door.counters },
          { name: "livekit", openCount: () => liveKitDoor.connectionCount, counters: liveKitDoor.counters },
          ...httpDoors.map((each) => ({ name: each.door, openCount: () => each.sessionCount, counters: each.counters })),
        ],
        api: twirp,
        webhooks,
        agents: agents.dispatcher,
        traces: tracing?.exporter,
      };
      operators = await OperatorAccess.open({ config: config.admin, node, workers: supervisor, log });
    }
    await supervisor.start(rooms, spans?.tracer);
    const identity = {
      ...node,
      incarnation: randomBytes(9).toString("base64url"),
      addresses: { http: nodeAddress(config, http.url, networkInterfaces()) },
      version: VERSION,
      startedAt: SYSTEM_CLOCK.unixMs(),
    };
    const meter = new NodeLoadMeter(supervisor);
    cluster.announce(identity, () => meter.measure());
  } catch (error) {
    await close();
    throw error;
  }
  log.info({ url: http.url }, "listening");
  return {
    url: http.url,
    adminUrl: operators?.url,
    packetPaths: [...new Set(supervisor.readyWorkers.map(({ packetPath }) => packetPath))],
    devKey: config.keys.get(DEV_KEY) === DEV_SECRET ? { key: DEV_KEY, secret: DEV_SECRET } : undefined,
    get workerProcessIds() {
      return supervisor.processIds;
    },
    close,
  };
}

/** Nothing of it is loaded, and nothing is asked of it, unless it is on. */
async function openTracing(
  { tracing: config }: Config,
  node: { nodeId: string; region: string },
  log: Log,
): Promise<Tracing | undefined> {
  if (config === undefined) return undefined;
  const tracing = await import("./telemetry/tracing/tracing.js");
  return tracing.openTracing({ config, ...node, clock: SYSTEM_CLOCK, log });
}

function farewell(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, FAREWELL_MS));
}
