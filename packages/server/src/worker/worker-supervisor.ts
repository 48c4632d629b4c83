import { type ChildProcess, fork } from "node:child_process";
import { SluiceError } from "@sluice/protocol";
import type { Log } from "../log/log.js";
import type { ProfileRequest } from "../profiling/profile-request.js";
import type { PlainReadings } from "../telemetry/metric-readings.js";
import type { Tracer } from "../telemetry/tracing/tracer.js";
import type { FromWorker, ToWorker, TracedCommand, WorkerLoad, WorkerReady } from "./messages.js";
import { PlacementLoad } from "./placement-load.js";
import { RespawnDelay } from "./respawn-delay.js";
import type { WorkerOptions } from "./worker-options.js";
import type { ReadyWorker, WorkerListener, WorkerPool } from "./worker-pool.js";

export interface WorkerSupervisorOptions {
  /** File name of the worker program. */
  readonly program: string;
  /** For the Node that runs it. */
  readonly flags: readonly string[];
  /** One for each worker. */
  readonly workers: readonly WorkerOptions[];
  readonly log: Log;
  /** For the workers; it must hold no secret. */
  readonly environment: Readonly<Record<string, string>>;
}

/** From start to `ready`, ms: sockets, a self-test and a certificate take well under a second. */
const READY_TIMEOUT_MS = 20_000;
/** A worker that has died this often and once more, before all were ready: the node does not start. */
const MAX_START_FAILURES = 2;
/** A worker reports its load once a second; one that is silent for so long hangs, and is replaced. */
const SILENCE_TIMEOUT_MS = 10_000;
/** While a profile of it is taken, so much longer. */
const PROFILE_SILENCE_MS = 300_000;
const WATCH_INTERVAL_MS = 1_000;
const MAX_LAST_WORDS = 4_096;
/** What a worker has to say goodbye to its peers, before it is killed. */
const SHUTDOWN_TIMEOUT_MS = 1_500;

/** What one worker told. */
export interface WorkerReadings {
  readonly index: number;
  /** Processes that died at its place. */
  readonly restarts: number;
  readonly readings: PlainReadings | undefined;
}

type WorkerState =
  | { readonly type: "starting" }
  | { readonly type: "ready"; readonly worker: ReadyWorker }
  /** Its process is gone; another one follows. */
  | { readonly type: "dead" };

interface Place {
  readonly options: WorkerOptions;
  readonly delay: RespawnDelay;
  process: ChildProcess | undefined;
  startedMs: number;
  heardMs: number;
  state: WorkerState;
  /** The end of what it wrote on standard error. */
  lastWords: string;
  load: PlacementLoad;
  restarts: number;
  /** That are being taken of it, by the request. */
  readonly profiles: Map<number, (failure: string | undefined) => void>;
  mayBeSilentUntilMs: number;
}

/** Keeps one media worker process alive at each place, and tells the session layer who is ready, who died and what they say. */
export class WorkerSupervisor implements WorkerPool {
  readonly #options: WorkerSupervisorOptions;
  readonly #places: readonly Place[];
  readonly #respawns = new Set<NodeJS.Timeout>();
  #listener: WorkerListener | undefined;
  #watch: NodeJS.Timeout | undefined;
  #requestId = 0;
  readonly #metricsRequests = new Map<number, (readings: PlainReadings) => void>();
  /** Until all workers were ready once, or never will be. */
  #starting: { readonly resolve: () => void; readonly reject: (error: SluiceError) => void } | undefined;
  #isPrepared = false;
  #isClosing = false;
  #tracer: Tracer | undefined;
  /** What workers have said before anybody listened; undefined since somebody does. */
  #unheard: (() => void)[] | undefined = [];

  constructor(options: WorkerSupervisorOptions) {
    this.#options = options;
    this.#places = options.workers.map((each) => ({
      options: each,
      delay: new RespawnDelay(),
      process: undefined,
      startedMs: 0,
      heardMs: 0,
      state: { type: "dead" },
      lastWords: "",
      load: new PlacementLoad(),
      restarts: 0,
      profiles: new Map(),
      mayBeSilentUntilMs: 0,
    }));
  }

  get isReady(): boolean {
    return this.#places.every(({ state }) => state.type === "ready");
  }

  get readyWorkers(): readonly ReadyWorker[] {
    return this.#places.flatMap(({ state }) => (state.type === "ready" ? state.worker : []));
  }

  /** What ready workers have said last, once a second. */
  get loads(): readonly WorkerLoad[] {
    return this.#places.flatMap(({ state, load }) =>
      state.type === "ready" && load.report !== undefined ? [load.report] : [],
    );
  }

  /** Process ids by place, for tests that kill one. */
  get processIds(): readonly (number | undefined)[] {
    return this.#places.map(({ process }) => process?.pid);
  }

  /** Starts the processes, which take as long as the rest of a node to load, for those who do not want to wait until they can {@link start}. */
  prepare(): void {
    this.#isPrepared = true;
    for (const place of this.#places) this.#spawn(place);
  }

  /**
   * Resolves when all workers are ready. Throws SluiceError `unavailable` when one of them dies several times before that: a
   * port that is taken, a machine that cannot run it; the log has what it said. `tracer` undefined: nothing is traced.
   */
  async start(listener: WorkerListener, tracer?: Tracer): Promise<void> {
    if (this.#isClosing) throw new Error("the workers are closed");
    this.#listener = listener;
    this.#tracer = tracer;
    if (!this.#isPrepared) this.prepare();
    this.#watch = setInterval(() => this.#killSilent(), WATCH_INTERVAL_MS);
    await new Promise<void>((resolve, reject) => {
      this.#starting = { resolve, reject };
      for (const hear of this.#unheard ?? []) hear();
      this.#unheard = undefined;
    });
  }

  pickWorker(): ReadyWorker | undefined {
    let best: Place | undefined;
    for (const place of this.#places) {
      if (place.state.type === "ready" && (best === undefined || place.load.compare(best.load) < 0)) best = place;
    }
    return best?.state.type === "ready" ? best.state.worker : undefined;
  }

  /** Every ready worker answers with a `statistics` event. */
  requestStatistics(): void {
    for (const worker of this.readyWorkers) {
      this.#requestId += 1;
      worker.send({ type: "getStatistics", requestId: this.#requestId });
    }
  }

  /** What each worker tells within `timeoutMs`; undefined of one that does not. */
  async readMetrics(timeoutMs: number): Promise<WorkerReadings[]> {
    return Promise.all(
      this.#places.map(async ({ options, state, restarts }) => {
        const readings = state.type === "ready" ? await this.#askForMetrics(state.worker, timeoutMs) : undefined;
        return { index: options.index, restarts, readings };
      }),
    );
  }

  async #askForMetrics(worker: ReadyWorker, timeoutMs: number): Promise<PlainReadings | undefined> {
    this.#requestId += 1;
    const requestId = this.#requestId;
    try {
      return await new Promise((resolve) => {
        this.#metricsRequests.set(requestId, resolve);
        setTimeout(() => resolve(undefined), timeoutMs).unref();
        worker.send({ type: "getMetrics", requestId });
      });
    } finally {
      this.#metricsRequests.delete(requestId);
    }
  }

  get count(): number {
    return this.#places.length;
  }

  /** See {@link ProfiledWorkers}. */
  async profile(index: number, request: ProfileRequest, signal: AbortSignal): Promise<void> {
    const place = this.#places[index];
    if (place?.state.type !== "ready") throw new SluiceError("unavailable", `worker ${index} is not ready`);
    // V8 stops the process while it looks at the heap, and writes what was seen.
    place.mayBeSilentUntilMs = performance.now() + request.seconds * 1000 + PROFILE_SILENCE_MS;
    const { worker } = place.state;
    const requestId = ++this.#requestId;
    const end = () => worker.send({ type: "endProfile", requestId });
    signal.addEventListener("abort", end, { once: true });
    try {
      const failure = await new Promise<string | undefined>((resolve) => {
        place.profiles.set(requestId, resolve);
        worker.send({ type: "profile", requestId, request });
        if (signal.aborted) end();
      });
      if (failure !== undefined) throw new SluiceError("unavailable", `worker ${index} took no profile: ${failure}`);
    } finally {
      signal.removeEventListener("abort", end);
      place.profiles.delete(requestId);
      place.mayBeSilentUntilMs = 0;
      place.heardMs = performance.now();
    }
  }

  /** Resolves when every worker process has ended, by itself or by force. */
  async close(): Promise<void> {
    this.#isClosing = true;
    clearInterval(this.#watch);
    for (const timer of this.#respawns) clearTimeout(timer);
    await Promise.all(this.#places.map(({ process }) => (process === undefined ? undefined : endProcess(process))));
  }

  #spawn(place: Place): void {
    const { program, environment, log } = this.#options;
    const { index } = place.options;
    // Only what it needs: the secrets of the API keys may stand in our own environment.
    const child = fork(program, [JSON.stringify(place.options)], {
      serialization: "advanced",
      env: { ...environment },
      // Ours (an inspector's port, a script to evaluate) are not meant for it.
      execArgv: [...this.#options.flags],
      stdio: ["ignore", "inherit", "pipe", "ipc"],
    });
    child.stderr?.on("data", (chunk: Buffer) => {
      place.lastWords = (place.lastWords + chunk.toString()).slice(-MAX_LAST_WORDS);
      // What a worker says at its start that fails is in the log as one line.
      if (place.state.type === "ready") process.stderr.write(chunk);
    });
    place.process = child;
    place.load = new PlacementLoad();
    place.state = { type: "starting" };
    place.startedMs = performance.now();
    place.heardMs = place.startedMs;
    child.on("message", (message: FromWorker) => {
      place.heardMs = performance.now();
      const hear = () => {
        if (place.process === child) this.#handleMessage(place, child, message);
      };
      if (this.#unheard === undefined) hear();
      else this.#unheard.push(hear);
    });
    child.on("error", (error) => log.error({ worker: index, error: error.message }, "media worker: process error"));
    child.on("exit", (code, signal) => {
      if (place.process === child) this.#handleExit(place, signal ?? `exit code ${code}`);
    });
  }

  #handleMessage(place: Place, child: ChildProcess, message: FromWorker): void {
    if (message.type === "ready") this.#handleReady(place, child, message);
    else if (place.state.type === "ready") this.#handleReport(place, place.state.worker, message);
  }

  #handleReady(place: Place, child: ChildProcess, message: WorkerReady): void {
    const worker = createReadyWorker(place, child, message, this.#tracer);
    place.state = { type: "ready", worker };
    // Node's own warnings, the address of an inspector.
    process.stderr.write(place.lastWords);
    place.lastWords = "";
    this.#options.log.info({ worker: worker.index, workerPid: child.pid, packetPath: worker.packetPath }, "media worker ready");
    this.#listener?.handleWorkerReady(worker);
    if (!this.isReady) return;
    this.#starting?.resolve();
    this.#starting = undefined;
  }

  #handleReport(place: Place, worker: ReadyWorker, message: Exclude<FromWorker, WorkerReady>): void {
    switch (message.type) {
      case "media":
        this.#listener?.handleMediaEvent(worker, message.event);
        break;
      case "commandFailed":
        this.#options.log.warn({ worker: worker.index, ...message }, "media worker: a command failed");
        break;
      case "load":
        place.load.handleLoad(message);
        break;
      case "statistics":
        this.#listener?.handleStatistics(worker, message.statistics);
        break;
      case "profiled":
        place.profiles.get(message.requestId)?.(message.failure);
        break;
      case "commandDone":
        this.#tracer?.handleCommandDone(worker.index, message);
        break;
      case "metrics":
        this.#metricsRequests.get(message.requestId)?.(message.readings);
        break;
    }
  }

  #handleExit(place: Place, how: string): void {
    const { state, options, delay, startedMs } = place;
    place.process = undefined;
    place.state = { type: "dead" };
    for (const end of place.profiles.values()) end("it has died");
    if (this.#isClosing) return;
    place.restarts += 1;
    const reason = reasonOf(place, how);
    if (this.#starting !== undefined && delay.failures >= MAX_START_FAILURES) {
      this.#starting.reject(new SluiceError("unavailable", `media worker ${options.index} does not start: ${reason}`));
      this.#starting = undefined;
    }
    const delayMs = delay.afterDeath(performance.now() - startedMs, state.type === "ready");
    this.#options.log.error({ worker: options.index, how, reason, delayMs }, "media worker died; it is replaced");
    this.#options.log.debug({ worker: options.index, lastWords: place.lastWords }, "media worker's last words");
    const respawn = () => {
      if (!this.#isClosing) this.#spawn(place);
    };
    if (delayMs === 0) respawn();
    else {
      const timer = setTimeout(() => {
        this.#respawns.delete(timer);
        respawn();
      }, delayMs);
      this.#respawns.add(timer);
    }
    if (state.type === "ready") this.#listener?.handleWorkerDied(state.worker);
  }

  #killSilent(): void {
    const nowMs = performance.now();
    for (const { process, state, heardMs, mayBeSilentUntilMs, options } of this.#places) {
      const timeoutMs = state.type === "starting" ? READY_TIMEOUT_MS : SILENCE_TIMEOUT_MS;
      if (process === undefined || nowMs - heardMs < timeoutMs || nowMs < mayBeSilentUntilMs) continue;
      this.#options.log.error(
        { worker: options.index, silentMs: Math.round(nowMs - heardMs) },
        "media worker hangs; it is killed",
      );
      process.kill("SIGKILL");
    }
  }
}

function createReadyWorker(place: Place, child: ChildProcess, ready: WorkerReady, tracer: Tracer | undefined): ReadyWorker {
  const { fingerprint, candidates, localCandidates, packetPath } = ready;
  return {
    index: place.options.index,
    fingerprint,
    candidates,
    localCandidates,
    packetPath,
    send(command: ToWorker) {
      place.load.handleCommand(command);
      // A channel that has just closed means that the worker is dead, of which the exit event tells.
      if (!child.connected) return;
      const traceparent = tracer?.takeCommandContext();
      if (traceparent === undefined) child.send(command, ignoreSendError);
      else child.send({ type: "traced", traceparent, command } satisfies TracedCommand, ignoreSendError);
    },
  };
}

/** The message of the error that ended it, where it wrote one: "cannot bind UDP 0.0.0.0 port 7882: EADDRINUSE". */
function reasonOf({ lastWords }: Place, how: string): string {
  return /^\w*Error: (.+)$/m.exec(lastWords)?.[1] ?? how;
}

async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(() => child.kill("SIGKILL"), SHUTDOWN_TIMEOUT_MS);
    child.once("exit", () => {
      clearTimeout(timer);
      resolve();
    });
    if (child.connected) child.send({ type: "shutdown" } satisfies ToWorker, ignoreSendError);
  });
}

/** The process may end between the check and the write; its exit is what is waited for. */
function ignoreSendError(): void {}
