import { type ChildProcess, fork } from "node:child_process";
import { randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";
import { socketDrops } from "@sluice/cli";
import { createIceCredentials, type Fingerprint } from "@sluice/media";
import { type HistogramReading, quantileOf } from "@sluice/server/telemetry";
import {
  type FromWorker,
  type ToWorker,
  WORKER_FLAGS,
  WORKER_PROGRAM,
  type WorkerOptions,
  type WorkerReady,
} from "@sluice/server/worker";
import { cpuSecondsOf } from "../process-cpu.js";
import { percentile, round } from "../summary.js";
import { AllocationTrace } from "./allocation-trace.js";
import { BENCH_CODEC, consumerOf, FIRST_SUBSCRIBER_SSRC, PUBLISHER_SSRC } from "./bench-streams.js";
import type { ForwardCase, ForwardResult } from "./forward-case.js";
import type { FromLoad, ToLoad } from "./load-messages.js";

/**
 * Seconds of warm-up. V8 still compiles what runs a few times a second, feedback and ticks, after more than two: a tenth of the time then,
 * and more in a tree that has more of it.
 */
const WARM_UP_SECONDS = 8;

/** The worker as it ships, under one case's load; everything measured is read from outside of it. */
export async function runCase(benchCase: ForwardCase, seconds: number): Promise<ForwardResult> {
  const worker = startWorker(benchCase.path);
  const load = fork(fileURLToPath(new URL("load-process.js", import.meta.url)), { serialization: "advanced" });
  try {
    const trace = new AllocationTrace();
    worker.stdout?.setEncoding("utf8").on("data", (text: string) => trace.handleOutput(text));
    worker.on("message", (message: FromWorker) => {
      if (message.type === "load") trace.handleHeapUsed(message.heapUsedBytes);
    });
    const [ready, hello] = await Promise.all([
      once(worker, (message: FromWorker) => (message.type === "ready" ? message : undefined)),
      once(load, (message: FromLoad) => (message.type === "fingerprint" ? message : undefined)),
    ]);
    const tell = (message: ToLoad) => load.send(message);
    openRoom(worker, ready, hello.fingerprint, benchCase, tell);
    await once(load, (message: FromLoad) => (message.type === "connected" ? message : undefined));
    await measure(load, tell, WARM_UP_SECONDS);
    const allocatedBefore = trace.allocatedBytes;
    const pausesBefore = trace.pausesMs.length;
    const dropsBefore = { worker: socketDrops(worker.pid), load: socketDrops(load.pid) };
    const delaysBefore = await forwardingDelays(worker);
    const cpuBefore = await cpuSecondsOf(worker);
    const done = await measure(load, tell, seconds);
    const cpuSeconds = (await cpuSecondsOf(worker)) - cpuBefore;
    const delays = await forwardingDelays(worker);
    const inWorkerUs = (ratio: number) => {
      const counts = delays.counts.map((count, bucket) => count - (delaysBefore.counts[bucket] ?? 0));
      return Math.round((quantileOf(ratio, delays.bounds, counts) ?? Number.NaN) * 1e6);
    };
    const forwarded = done.sent * benchCase.subscribers;
    return {
      bench: "forward",
      path: benchCase.path,
      subscribers: benchCase.subscribers,
      burst: benchCase.burst,
      sizeBytes: benchCase.sizeBytes,
      profile: benchCase.profile,
      load: benchCase.packetsPerSecond === "saturated" ? "saturated" : "paced",
      cpuUsPerForwardedPacket: round((cpuSeconds * 1e6) / forwarded, 2),
      packetsPerSecond: Math.round(forwarded / done.seconds),
      deliveredPercent: round((100 * done.received) / forwarded, 3),
      delayP50Us: Math.round(percentile(done.delaysUs, 0.5)),
      delayP99Us: Math.round(percentile(done.delaysUs, 0.99)),
      workerDelayP50Us: inWorkerUs(0.5),
      workerDelayP99Us: inWorkerUs(0.99),
      allocatedBytesPerPacket: round((trace.allocatedBytes - allocatedBefore) / forwarded, 1),
      workerDrops: socketDrops(worker.pid) - dropsBefore.worker,
      loadDrops: socketDrops(load.pid) - dropsBefore.load,
      gcPauses: trace.pausesMs.length - pausesBefore,
      gcPauseMostMs: Math.max(0, ...trace.pausesMs.slice(pausesBefore)),
    };
  } finally {
    load.kill("SIGKILL");
    worker.kill("SIGKILL");
  }
}

/** Of all packets so far, as the worker tells its node. */
async function forwardingDelays(worker: ChildProcess): Promise<HistogramReading> {
  worker.send({ type: "getMetrics", requestId: 1 } satisfies ToWorker);
  const readings = await once(worker, (message: FromWorker) => (message.type === "metrics" ? message.readings : undefined));
  const value = readings.find(([name]) => name === "sluice_forwarding_delay_seconds")?.[1][0]?.value;
  if (typeof value !== "object") throw new Error("the worker tells no forwarding delays");
  return value;
}

function startWorker(path: ForwardCase["path"]): ChildProcess {
  const options: WorkerOptions = {
    index: 0,
    udpBinds: [{ family: "IPv4", ip: "127.0.0.1", port: 0 }],
    tcpBinds: [],
    announcedIps: ["127.0.0.1"],
    packetPath: path,
    // As on a node that Prometheus scrapes.
    isMetered: true,
  };
  return fork(WORKER_PROGRAM, [JSON.stringify(options)], {
    serialization: "advanced",
    execArgv: ["--trace-gc", ...WORKER_FLAGS],
    stdio: ["ignore", "pipe", "inherit", "ipc"],
  });
}

/** Plays the control process: one room, one publisher, the case's subscribers. */
function openRoom(
  worker: ChildProcess,
  ready: WorkerReady,
  loadFingerprint: Fingerprint,
  benchCase: ForwardCase,
  tell: (message: ToLoad) => void,
): void {
  const command = (message: ToWorker) => worker.send(message);
  const endpoints = [];
  command({ type: "openRouter", routerId: "room" });
  for (let index = 0; index <= benchCase.subscribers; index++) {
    const local = createIceCredentials({ randomBytes });
    const remote = createIceCredentials({ randomBytes });
    endpoints.push({ local, remote });
    const transportId = `t${index}`;
    command({ type: "openTransport", routerId: "room", transportId, parameters: { iceRole: "lite", localIce: remote } });
    command({
      type: "connectTransport",
      transportId,
      remote: { ice: local, candidates: [], fingerprints: [loadFingerprint], dtlsRole: "server" },
    });
    if (index === 0) {
      const encodings = [{ ssrc: PUBLISHER_SSRC }];
      const rtp = { mid: "0", kind: "video" as const, codecs: [BENCH_CODEC], headerExtensions: [], encodings };
      command({ type: "openProducer", transportId, parameters: { producerId: "p", rtp, isPaused: false } });
    } else {
      command({ type: "openConsumer", transportId, parameters: consumerOf(FIRST_SUBSCRIBER_SSRC + index - 1) });
    }
  }
  tell({
    type: "open",
    options: {
      path: benchCase.path,
      endpoints,
      profile: benchCase.profile,
      workerCandidates: ready.candidates,
      workerFingerprint: ready.fingerprint,
      burst: benchCase.burst,
      sizeBytes: benchCase.sizeBytes,
      packetsPerSecond: benchCase.packetsPerSecond,
    },
  });
}

function measure(load: ChildProcess, tell: (message: ToLoad) => void, seconds: number) {
  const done = once(load, (message: FromLoad) => (message.type === "done" ? message : undefined));
  tell({ type: "run", seconds });
  return done;
}

/** The first message that `pick` does not refuse; rejects when the process ends before. */
function once<M, R>(child: ChildProcess, pick: (message: M) => R | undefined): Promise<R> {
  return new Promise((resolve, reject) => {
    const handleExit = (code: number | null) => reject(new Error(`a process of the bench ended with ${code}`));
    const handleMessage = (message: unknown) => {
      const picked = pick(message as M);
      if (picked === undefined) return;
      child.off("message", handleMessage);
      child.off("exit", handleExit);
      resolve(picked);
    };
    child.on("message", handleMessage);
    child.on("exit", handleExit);
  });
}
