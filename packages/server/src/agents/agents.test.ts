import assert from "node:assert/strict";
import { once } from "node:events";
import { type TestContext, test } from "node:test";
import { AvailabilityResponse, RegisterWorkerRequest, ServerMessage, UpdateJobStatus, WorkerMessage } from "@livekit/protocol";
import type { VideoGrant } from "@sluice/protocol";
import { WebSocket } from "ws";
import { createToken } from "../auth/create-token.js";
import { LocalDoor } from "../testing/local-door.js";
import { VirtualClock } from "../testing/virtual-clock.js";
import { REGISTER_TIMEOUT_MS } from "./agent-connection.js";
import { MAX_WORKER_MESSAGE_BYTES } from "./worker-message.js";

async function open(t: TestContext, ...options: Parameters<typeof LocalDoor.open>): Promise<LocalDoor> {
  const local = await LocalDoor.open(...options);
  t.after(() => local.close());
  return local;
}

function workerToken(grant: VideoGrant = { agent: true }): Promise<string> {
  return createToken({ key: "devkey", secret: "secret", identity: "worker", grant });
}

/** A worker by a real WebSocket. */
class SocketWorker {
  readonly socket: WebSocket;
  readonly closed: Promise<number>;
  readonly #queue: ServerMessage["message"][] = [];
  #wake: (() => void) | undefined;

  constructor(url: string, token: string, headers: Record<string, string> = {}) {
    this.socket = new WebSocket(`${url.replace(/^http/, "ws")}/agent?access_token=${token}&protocol=1`, { headers });
    this.closed = new Promise((resolve) => this.socket.once("close", resolve));
    this.socket.on("error", () => undefined);
    this.socket.on("message", (data: Buffer, isBinary) => {
      this.#queue.push((isBinary ? ServerMessage.fromBinary(data) : ServerMessage.fromJsonString(data.toString())).message);
      this.#wake?.();
    });
  }

  static async open(local: LocalDoor, headers?: Record<string, string>): Promise<SocketWorker> {
    const worker = new SocketWorker(local.url, await workerToken(), headers);
    await once(worker.socket, "open");
    return worker;
  }

  say(message: WorkerMessage["message"], isText = false): void {
    const whole = new WorkerMessage({ message });
    this.socket.send(isText ? whole.toJsonString() : whole.toBinary());
  }

  async next(): Promise<ServerMessage["message"]> {
    for (;;) {
      const message = this.#queue.shift();
      if (message !== undefined) return message;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

async function refusal(url: string, token: string, headers: Record<string, string> = {}): Promise<number> {
  const { socket } = new SocketWorker(url, token, headers);
  const [, response] = await once(socket, "unexpected-response");
  socket.terminate();
  return response.statusCode;
}

test("only a token that grants agent opens the workers' socket", async (t) => {
  const local = await open(t, { limits: { connectionsPerIp: 1 } });
  assert.equal(await refusal(local.url, ""), 401);
  assert.equal(await refusal(local.url, "nonsense"), 401);
  assert.equal(await refusal(local.url, await workerToken({ roomJoin: true, room: "demo" })), 403);
  const ofAnAgent = await workerToken({ agent: true, roomJoin: true, room: "demo" });
  assert.equal(await refusal(local.url, ofAnAgent), 403, "whom a worker sent into one room is no worker");
  assert.equal(await refusal(local.url, await workerToken(), { Origin: "https://evil.example" }), 403);
  const worker = await SocketWorker.open(local);
  assert.equal(await refusal(local.url, await workerToken()), 429);
  assert.equal(local.agents.dispatcher.counters.upgradesRefused, 6);
  worker.socket.terminate();
});

for (const isText of [false, true]) {
  test(`a worker that speaks ${isText ? "JSON" : "protobuf"} does a job from its offer to its end`, async (t) => {
    const local = await open(t);
    const worker = await SocketWorker.open(local);
    worker.say({ case: "register", value: new RegisterWorkerRequest({ version: "1" }) }, isText);
    assert.equal((await worker.next()).case, "register");
    local.rooms.create("demo");
    const offer = await worker.next();
    assert.ok(offer.case === "availability");
    const jobId = offer.value.job?.id ?? "";
    assert.match(jobId, /^AJ_/);
    const answer = new AvailabilityResponse({ jobId, available: true, participantIdentity: "helper" });
    worker.say({ case: "availability", value: answer }, isText);
    const assignment = await worker.next();
    assert.ok(assignment.case === "assignment");
    const client = await local.connectWith(assignment.value.token);
    assert.equal((await client.request("join", {})).participant.kind, "agent");
    worker.say({ case: "updateJob", value: new UpdateJobStatus({ jobId, status: 1 }) }, isText);
    local.rooms.delete("demo");
    const end = await worker.next();
    assert.ok(end.case === "termination");
    assert.equal(end.value.jobId, jobId);
    worker.socket.close();
    await worker.closed;
  });
}

test("who does not register within 10 s is disconnected", async (t) => {
  const clock = new VirtualClock(Date.now());
  const local = await open(t, {}, { clock });
  const worker = await SocketWorker.open(local);
  worker.say({ case: "availability", value: new AvailabilityResponse() });
  while (local.agents.dispatcher.counters.malformedMessages === 0) await new Promise((resolve) => setImmediate(resolve));
  clock.advance(REGISTER_TIMEOUT_MS);
  assert.equal(await worker.closed, 4412);
  assert.equal(local.agents.dispatcher.counters.registrationsRefused, 1);
});

test("[attack 23] a worker that sends nonsense is disconnected, and so is one that sends too much", async (t) => {
  const local = await open(t, { limits: { requestsPerSecond: 1_000 } });
  const [nonsense, huge] = [await SocketWorker.open(local), await SocketWorker.open(local)];
  for (let i = 0; i < 100; i++) nonsense.socket.send(i % 2 === 0 ? "{" : Buffer.from([0xff, i]));
  assert.equal(await nonsense.closed, 1002);
  assert.equal(local.agents.dispatcher.counters.malformedMessages, 100);
  huge.socket.send(Buffer.alloc(MAX_WORKER_MESSAGE_BYTES + 1));
  assert.equal(await huge.closed, 1009);
  const flood = await SocketWorker.open(local);
  for (let i = 0; i < 20_000 && flood.socket.readyState === WebSocket.OPEN; i++) flood.socket.send("{}");
  assert.ok([4429, 1002].includes(await flood.closed));
});

test("a node that shuts down tells its workers", async (t) => {
  const local = await open(t);
  const worker = await SocketWorker.open(local);
  worker.say({ case: "register", value: new RegisterWorkerRequest() });
  await worker.next();
  local.agents.close();
  assert.equal(await worker.closed, 4503);
  assert.equal(await refusal(local.url, await workerToken()), 503);
});
