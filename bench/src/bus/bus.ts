import { setTimeout as sleep } from "node:timers/promises";
import { Bus, type BusLink, MemoryBusHub, RedisLink, roomChannel, SYSTEM_CLOCK } from "@sluice/server/bus";
import { NO_REDIS, RedisServer } from "@sluice/server/bus-testing";
import { percentile, round } from "../summary.js";

/** A digest of a room's speakers with a few of them. */
const PAYLOAD_BYTES = 200;
const SECRET = "a secret for measuring, of 32 bytes and more";
const ROOM = roomChannel("bench");

/** Paced: as many a second as a large cluster has for one node, for the latency. Saturated: as many as go, for the rate and the CPU time. */
const CASES = [
  { load: "paced", messagesPerSecond: 1_000, seconds: 10 },
  { load: "saturated", messagesPerSecond: Number.POSITIVE_INFINITY, seconds: 5 },
] as const;
/** What waits at most in the saturated case: less than the broker's confirmation window, so that nothing waits in the outbox. */
const MAX_UNHEARD = 200;
const TICK_MS = 2;

export interface BusResult {
  readonly bench: "bus";
  readonly by: "memory" | "redis";
  readonly load: "paced" | "saturated";
  readonly payloadBytes: number;
  readonly messages: number;
  readonly messagesPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Of this process, which is both nodes: sealing, publishing, hearing, opening and handling. Redis's own is not in it. */
  readonly cpuUsPerMessage: number;
}

/** `npm run bench -- bus`: one node says, another hears, each with a bus of its own, by a real Redis and in memory. */
export async function benchBus(): Promise<void> {
  const hub = new MemoryBusHub(SYSTEM_CLOCK, Math.random);
  await measure("memory", (id) => hub.attach(id));
  if (NO_REDIS !== false) {
    process.stderr.write(`bus: ${NO_REDIS}, so by Redis there is nothing to measure.\n`);
    return;
  }
  const server = await RedisServer.start();
  try {
    await measure("redis", () => new RedisLink({ url: server.url, clock: SYSTEM_CLOCK, random: Math.random }));
  } finally {
    await server.close();
  }
}

async function measure(by: BusResult["by"], createLink: (id: string) => BusLink): Promise<void> {
  const [sayer, hearer] = ["sayer", "hearer"].map((nodeId) => {
    const common = { clock: SYSTEM_CLOCK, random: Math.random, lanes: 2, epoch: 1, secrets: [SECRET] };
    return new Bus({ nodeId, link: createLink(nodeId), ...common });
  }) as [Bus, Bus];
  await Promise.all([sayer.open(), hearer.open()]);
  const latenciesMs: number[] = [];
  await new Promise<void>((resolve) => {
    hearer.subscribe(ROOM, {
      handleMessage: ({ payload }) => {
        const sentAtMs = new DataView(payload.buffer, payload.byteOffset).getFloat64(0);
        latenciesMs.push(performance.now() - sentAtMs);
      },
      handleGap: ({ cause }) => {
        if (cause === "subscribed") resolve();
        else process.stderr.write(`bus: a gap, ${cause}\n`);
      },
    });
  });
  for (const { load, messagesPerSecond, seconds } of CASES) {
    // The first second warms V8 up.
    for (const lengthMs of [1_000, seconds * 1_000]) {
      latenciesMs.length = 0;
      const cpu = process.cpuUsage();
      const startedAt = performance.now();
      const sent = await say(sayer, () => latenciesMs.length, messagesPerSecond, lengthMs);
      for (let tries = 0; latenciesMs.length < sent; tries++) {
        if (tries > 10_000) throw new Error(`${sent - latenciesMs.length} messages were lost by ${by}`);
        await sleep(1);
      }
      if (lengthMs === 1_000) continue;
      const { user, system } = process.cpuUsage(cpu);
      const result: BusResult = {
        bench: "bus",
        by,
        load,
        payloadBytes: PAYLOAD_BYTES,
        messages: sent,
        messagesPerSecond: Math.round((sent / (performance.now() - startedAt)) * 1_000),
        p50Ms: round(percentile(latenciesMs, 0.5), 2),
        p99Ms: round(percentile(latenciesMs, 0.99), 2),
        cpuUsPerMessage: round((user + system) / sent, 1),
      };
      console.log(JSON.stringify(result));
    }
  }
  await Promise.all([sayer.close(), hearer.close()]);
}

/** Returns how many were said. */
async function say(bus: Bus, heard: () => number, messagesPerSecond: number, lengthMs: number): Promise<number> {
  const startedAt = performance.now();
  let sent = 0;
  for (let passedMs = 0; passedMs < lengthMs; passedMs = performance.now() - startedAt) {
    const due = Number.isFinite(messagesPerSecond) ? (passedMs * messagesPerSecond) / 1_000 : Number.POSITIVE_INFINITY;
    for (; sent < due && sent - heard() < MAX_UNHEARD; sent++) {
      const payload = Buffer.alloc(PAYLOAD_BYTES);
      payload.writeDoubleBE(performance.now(), 0);
      bus.publish(ROOM, payload);
    }
    if (Number.isFinite(messagesPerSecond)) await sleep(TICK_MS);
    else await new Promise((resolve) => setImmediate(resolve));
  }
  return sent;
}
