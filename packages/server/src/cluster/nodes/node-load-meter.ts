import { cpus, freemem, totalmem } from "node:os";
import type { WorkerLoad } from "../../worker/messages.js";
import type { NodeLoad } from "./node-record.js";

/** What a machine has been doing: both grow from its start. */
export interface MachineReading {
  readonly busyMs: number;
  readonly totalMs: number;
  readonly freeBytes: number;
  readonly totalBytes: number;
}

/** All cores of the machine, whoever uses them: a node that shares one is as slow as all of it together makes it. */
export function readMachine(): MachineReading {
  let busyMs = 0;
  let totalMs = 0;
  for (const { times } of cpus()) {
    const allMs = times.user + times.nice + times.sys + times.irq + times.idle;
    busyMs += allMs - times.idle;
    totalMs += allMs;
  }
  return { busyMs, totalMs, freeBytes: freemem(), totalBytes: totalmem() };
}

/** What a node says of how busy it is: of the machine since it was last asked, and of its workers what they said last. */
export class NodeLoadMeter {
  readonly #read: () => MachineReading;
  readonly #workers: { readonly loads: readonly WorkerLoad[] };
  #last: MachineReading;
  #cpuPercent = 0;

  constructor(workers: { readonly loads: readonly WorkerLoad[] }, read: () => MachineReading = readMachine) {
    this.#workers = workers;
    this.#read = read;
    this.#last = read();
  }

  measure(): NodeLoad {
    const reading = this.#read();
    const totalMs = reading.totalMs - this.#last.totalMs;
    // The kernel counts in steps of 10 ms: asked again at once it knows nothing new.
    if (totalMs > 0) {
      this.#cpuPercent = ((reading.busyMs - this.#last.busyMs) / totalMs) * 100;
      this.#last = reading;
    }
    const { loads } = this.#workers;
    const sum = (read: (load: WorkerLoad) => number) => loads.reduce((total, load) => total + read(load), 0);
    return {
      cpuPercent: this.#cpuPercent,
      memPercent: (1 - reading.freeBytes / reading.totalBytes) * 100,
      streams: sum(({ producers, consumers }) => producers + consumers),
      packetsPerSecond: sum(({ packetsInPerSecond, packetsOutPerSecond }) => packetsInPerSecond + packetsOutPerSecond),
      forwardingDelayP99Ms: Math.max(0, ...loads.map(({ forwardingDelayP99Ms }) => forwardingDelayP99Ms)),
    };
  }
}
