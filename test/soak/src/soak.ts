import { setTimeout as delay } from "node:timers/promises";
import { NodeProcess, until } from "@sluice/interop";
import { Crowd, RESIDENTS } from "./crowd/crowd.js";
import type { SoakOptions } from "./options.js";
import { ActionPlan } from "./plan/action-plan.js";
import type { SoakReport } from "./report.js";
import { FaultLog } from "./verdict/fault.js";
import { judge } from "./verdict/verdict.js";
import { differences, expectedState } from "./watch/expected-state.js";
import { NodeWatch } from "./watch/node-watch.js";
import type { Sample } from "./watch/sample.js";
import type { Scrape } from "./watch/scrape.js";

const WORKERS = 2;
/** Participants that are lost, and rooms that are empty, are kept for so long, s: short, so that both come and go many times. */
const RESUME_TIMEOUT_S = 5;
const DEPARTURE_TIMEOUT_S = 1;
/** How long guests act before they all leave, ms. */
const ROUND_MS = 20_000;
/** After that only the residents may be left, ms: those who are lost are given up by then, and their rooms too. */
const SETTLE_TIMEOUT_MS = 30_000;
/** Packets of each track that residents have to receive of each other in every quiet moment, and how long that may take, ms. */
const HEALTHY_PACKETS = 20;
const HEALTHY_TIMEOUT_MS = 15_000;
/** A resident is cut in every so manieth round. */
const CUT_EVERY = 3;
const CUT_MS = 800;

export interface SoakListener {
  /** About once a second. */
  handleProgress(line: string): void;
  handleFault(what: string): void;
}

/** A node under a crowd, round after round. */
export class Soak {
  readonly #options: SoakOptions;
  readonly #listener: SoakListener;
  readonly #faults = new FaultLog();
  readonly #samples: Sample[] = [];
  readonly #stopping = new AbortController();
  readonly #startedMs = performance.now();
  readonly #plan: ActionPlan;
  #rounds = 0;
  #told = 0;

  constructor(options: SoakOptions, listener: SoakListener) {
    this.#options = options;
    this.#listener = listener;
    this.#plan = new ActionPlan(options.seed);
  }

  /** Ends it early, with what there is. */
  interrupt(): void {
    this.#stopping.abort();
  }

  /** `collectGarbage`: of this process. Rejects when the node does not start, or dies. */
  async run(collectGarbage: () => void): Promise<SoakReport> {
    const node = await NodeProcess.start(WORKERS, NODE_FLAGS);
    let crowd: Crowd | undefined;
    try {
      const watch = await NodeWatch.open(node, collectGarbage);
      crowd = new Crowd({ node, seed: this.#options.seed, handleFault: (what) => this.#fault(what) });
      await crowd.openResidents();
      while (!this.#isOver) await this.#round(node, watch, crowd);
      const end = await watch.scrape();
      this.#tellComplaints(node);
      return this.#report(crowd, end);
    } finally {
      await crowd?.close();
      await this.#closeNode(node);
    }
  }

  get #elapsedMs(): number {
    return performance.now() - this.#startedMs;
  }

  get #isOver(): boolean {
    return this.#elapsedMs >= this.#options.durationMs || this.#stopping.signal.aborted;
  }

  async #round(node: NodeProcess, watch: NodeWatch, crowd: Crowd): Promise<void> {
    this.#rounds += 1;
    if (this.#rounds % CUT_EVERY === 0) crowd.cutResident(this.#rounds / CUT_EVERY, CUT_MS);
    const endMs = this.#elapsedMs + ROUND_MS;
    while (this.#elapsedMs < endMs && !this.#isOver) {
      const { afterMs, action } = this.#plan.next();
      await delay(afterMs, undefined, { signal: this.#stopping.signal }).catch(() => {}); // Interrupted: the round is short.
      crowd.perform(action);
      this.#tellProgress(crowd, "");
    }
    for (const action of this.#plan.endRound()) crowd.perform(action);
    this.#tellProgress(crowd, " · everybody leaves");
    await crowd.settle();
    await this.#settle(watch);
    await this.#checkResidents(crowd);
    this.#samples.push(await watch.sample(this.#elapsedMs, crowd.heldSlots));
    this.#tellComplaints(node);
  }

  /** Everything that guests had is gone, or it is stuck. */
  async #settle(watch: NodeWatch): Promise<void> {
    let left: string[] = [];
    const expected = expectedState(RESIDENTS.length);
    await until("quiet", SETTLE_TIMEOUT_MS, async () => {
      left = differences(await watch.scrape(), expected);
      return left.length === 0;
    }).catch(() => this.#fault(`stuck ${SETTLE_TIMEOUT_MS / 1_000} s after everybody left: ${left.join(", ")}`));
  }

  /** Whatever has happened around them, residents receive each other. */
  async #checkResidents(crowd: Crowd): Promise<void> {
    for (const { identity, participant } of crowd.residents) {
      const before = new Map(participant.takeReports().map(({ track, packets }) => [track, packets]));
      await until("media", HEALTHY_TIMEOUT_MS, () => {
        const reports = participant.takeReports();
        const flowing = reports.filter(({ track, packets }) => packets >= (before.get(track) ?? 0) + HEALTHY_PACKETS);
        return flowing.length === (RESIDENTS.length - 1) * 2;
      }).catch(() => this.#fault(`${identity} receives nothing of some track of the others`));
    }
  }

  /** What the node has logged as a warning or worse, and written to stderr, since the last time. */
  #tellComplaints(node: NodeProcess): void {
    const all = [...node.complaints, ...node.outcry];
    for (const line of all.slice(this.#told)) this.#fault(`the node says: ${line}`);
    this.#told = all.length;
  }

  #fault(what: string): void {
    this.#faults.add(this.#elapsedMs, what);
    this.#listener.handleFault(what);
  }

  #tellProgress(crowd: Crowd, what: string): void {
    const minutes = (ms: number) => (ms / 60_000).toFixed(1);
    const heaps = this.#samples
      .at(-1)
      ?.processes.map(({ name, liveHeapBytes }) => `${name} ${(liveHeapBytes / 1_048_576).toFixed(1)}`);
    this.#listener.handleProgress(
      `${minutes(this.#elapsedMs)}/${minutes(this.#options.durationMs)} min · round ${this.#rounds} · ${crowd.present} guests${what} · ${crowd.done.join ?? 0} joins · ${this.#faults.count} faults · live heap, MiB: ${heaps?.join(", ") ?? "not yet known"}`,
    );
  }

  #report(crowd: Crowd, end: Scrape): SoakReport {
    const elapsedMs = this.#elapsedMs;
    const { user, system } = process.cpuUsage();
    return {
      options: this.#options,
      isInterrupted: this.#stopping.signal.aborted,
      elapsedMs,
      rounds: this.#rounds,
      actions: crowd.done,
      drops: Object.fromEntries([...end.drops()].filter(([, count]) => count > 0)),
      samples: this.#samples,
      faults: this.#faults,
      verdict: judge(this.#samples, this.#faults, end),
      cpu: {
        node: (end.total("sluice_process_cpu_seconds_total") * 1_000) / elapsedMs,
        participants: (user + system) / 1_000 / elapsedMs,
      },
    };
  }

  async #closeNode(node: NodeProcess): Promise<void> {
    const { code, stdout, stderr } = await node.close();
    if (code !== 0) throw new Error(`the node ended with ${code}: ${stdout}${stderr}`.slice(0, 4_000));
  }
}

const NODE_FLAGS: readonly string[] = [
  "--metrics.enabled",
  ...["--admin.bind-address", "127.0.0.1:0"],
  ...["--resume-timeout-ms", String(RESUME_TIMEOUT_S * 1_000)],
  ...["--room.departure-timeout", String(DEPARTURE_TIMEOUT_S)],
  ...["--room.empty-timeout", String(DEPARTURE_TIMEOUT_S)],
];
