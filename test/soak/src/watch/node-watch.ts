import { type Inspector, type NodeProcess, residentBytes } from "@sluice/interop";
import { openDescriptors } from "./open-descriptors.js";
import type { ProcessSample, Sample } from "./sample.js";
import { Scrape } from "./scrape.js";

interface WatchedProcess {
  readonly name: string;
  /** As the metrics call it. */
  readonly label: string;
  readonly pid: number;
  readonly inspector: Inspector;
}

/** Looks into the processes of a node, and into this one, which holds the participants. */
export class NodeWatch {
  readonly #adminUrl: string;
  readonly #processes: readonly WatchedProcess[];
  /** Packet slots of a worker: all of them, seen before anybody had come. */
  readonly #slots: number;
  readonly #collectGarbage: () => void;

  private constructor(adminUrl: string, processes: readonly WatchedProcess[], slots: number, collectGarbage: () => void) {
    this.#adminUrl = adminUrl;
    this.#processes = processes;
    this.#slots = slots;
    this.#collectGarbage = collectGarbage;
  }

  /** Before anybody has joined. `collectGarbage`: of this process. */
  static async open({ adminUrl, control, workers }: NodeProcess, collectGarbage: () => void): Promise<NodeWatch> {
    if (adminUrl === undefined) throw new Error("the node has no metrics");
    const inspectors = [control, ...workers];
    const processes = await Promise.all(
      inspectors.map(async (inspector, index) => ({
        name: index === 0 ? "control" : `worker ${index - 1}`,
        label: index === 0 ? "control" : `worker-${index - 1}`,
        pid: await inspector.pid(),
        inspector,
      })),
    );
    const scrape = await Scrape.take(adminUrl);
    return new NodeWatch(adminUrl, processes, scrape.total("sluice_packet_slots_free", { worker: "0" }), collectGarbage);
  }

  scrape(): Promise<Scrape> {
    return Scrape.take(this.#adminUrl);
  }

  /** `heldSlots`: of this process. */
  async sample(atMs: number, heldSlots: number): Promise<Sample> {
    const scrape = await this.scrape();
    const processes: ProcessSample[] = [];
    for (const each of this.#processes) processes.push(await this.#look(each, scrape));
    return { atMs, processes: [...processes, this.#lookAtOurselves(heldSlots)] };
  }

  async #look({ name, label, pid, inspector }: WatchedProcess, scrape: Scrape): Promise<ProcessSample> {
    const worker = /\d+/.exec(label)?.[0];
    return {
      name,
      liveHeapBytes: await inspector.liveHeapBytes(),
      residentBytes: residentBytes(pid),
      externalBytes: scrape.total("sluice_process_external_memory_bytes", { process: label }),
      descriptors: openDescriptors(pid),
      heldSlots: worker === undefined ? undefined : this.#slots - scrape.total("sluice_packet_slots_free", { worker }),
    };
  }

  #lookAtOurselves(heldSlots: number): ProcessSample {
    this.#collectGarbage();
    const { heapUsed, external } = process.memoryUsage();
    return {
      name: "participants",
      liveHeapBytes: heapUsed,
      residentBytes: residentBytes(process.pid),
      externalBytes: external,
      descriptors: openDescriptors(process.pid),
      heldSlots,
    };
  }
}
