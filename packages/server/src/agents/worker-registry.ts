import { SluiceError } from "@sluice/protocol";
import { type AgentWorker, kindKey, type WorkerKind } from "./agent-worker.js";

/** Workers on one node. */
export const MAX_WORKERS = 1_000;
/** Jobs that one worker may have to answer at a time; more wait. */
export const MAX_OFFERS_PER_WORKER = 16;
/** A worker that says it is available gets something now and then, however loaded it says it is. */
const MIN_WEIGHT = 0.01;

/** All workers that are there, and which of them is to be asked next. Pure. */
export class WorkerRegistry {
  readonly #byId = new Map<string, AgentWorker>();
  readonly #byKind = new Map<string, Set<AgentWorker>>();

  get size(): number {
    return this.#byId.size;
  }

  /** Throws SluiceError `resourceExhausted` for more than {@link MAX_WORKERS}. */
  add(worker: AgentWorker): void {
    if (this.#byId.size >= MAX_WORKERS) {
      throw new SluiceError("resourceExhausted", `this node may have ${MAX_WORKERS} agent workers`);
    }
    this.#byId.set(worker.workerId, worker);
    const key = kindKey(worker);
    const same = this.#byKind.get(key);
    if (same === undefined) this.#byKind.set(key, new Set([worker]));
    else same.add(worker);
  }

  remove(workerId: string): void {
    const worker = this.#byId.get(workerId);
    if (worker === undefined) return;
    this.#byId.delete(workerId);
    const key = kindKey(worker);
    const same = this.#byKind.get(key);
    same?.delete(worker);
    if (same?.size === 0) this.#byKind.delete(key);
  }

  get(workerId: string): AgentWorker | undefined {
    return this.#byId.get(workerId);
  }

  /** Those in which there is a worker for such jobs, each once. */
  namespaces({ agentName, jobType, deployment }: Omit<WorkerKind, "namespace">): readonly string[] {
    const namespaces = new Set<string>();
    for (const [worker] of this.#byKind.values()) {
      if (worker?.agentName !== agentName || worker.jobType !== jobType || worker.deployment !== deployment) continue;
      namespaces.add(worker.namespace);
    }
    return [...namespaces];
  }

  /** Whether there is a worker of this kind that may be asked now. */
  canOffer(kind: WorkerKind): boolean {
    return [...(this.#byKind.get(kindKey(kind)) ?? [])].some(isAskable);
  }

  /** Whether all of this kind that are available are among `refusing`. */
  haveDeclined(kind: WorkerKind, refusing: ReadonlySet<string>): boolean {
    const workers = [...(this.#byKind.get(kindKey(kind)) ?? [])];
    return workers.every(({ isAvailable, workerId }) => !isAvailable || refusing.has(workerId));
  }

  /**
   * One that may be asked now and is none of `excluded`, the more probably the less it has to do.
   *
   * @param random 0 up to, not including, 1
   */
  choose(kind: WorkerKind, excluded: ReadonlySet<string>, random: number): AgentWorker | undefined {
    const candidates = [...(this.#byKind.get(kindKey(kind)) ?? [])].filter(
      (worker) => isAskable(worker) && !excluded.has(worker.workerId),
    );
    let left = random * candidates.reduce((sum, worker) => sum + weightOf(worker), 0);
    for (const worker of candidates) {
      left -= weightOf(worker);
      if (left < 0) return worker;
    }
    // Rounding may leave a little behind the last one.
    return candidates.at(-1);
  }
}

function isAskable({ isAvailable, offers }: AgentWorker): boolean {
  return isAvailable && offers < MAX_OFFERS_PER_WORKER;
}

function weightOf({ load }: AgentWorker): number {
  return Math.max(MIN_WEIGHT, 1 - load);
}
