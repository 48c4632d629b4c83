import { parseConfig } from "../config/parse-config.js";
import { createEntropy } from "../session/entropy.js";
import { Rooms } from "../session/rooms.js";
import { MemoryClient } from "./memory-client.js";
import { MemoryWorkers } from "./memory-workers.js";
import { VirtualClock } from "./virtual-clock.js";

/** The control process without sockets and processes, in virtual time. */
export class MemoryNode {
  readonly clock = new VirtualClock();
  readonly workers: MemoryWorkers;
  readonly rooms: Rooms;

  constructor({
    workers = 1,
    flags = {},
  }: { readonly workers?: number; readonly flags?: Readonly<Record<string, unknown>> } = {}) {
    this.workers = new MemoryWorkers(workers);
    this.rooms = new Rooms({
      config: parseConfig({ flags: { dev: true, ...flags }, environment: {}, file: undefined, cpuCores: 1 }),
      clock: this.clock,
      entropy: createEntropy(countingBytes()),
      workers: this.workers,
    });
    this.workers.listener = this.rooms;
  }

  client(
    identity: string,
    ...grant: ConstructorParameters<typeof MemoryClient> extends [unknown, unknown, ...infer G] ? G : never
  ): MemoryClient {
    return new MemoryClient(this.rooms, identity, ...grant);
  }
}

/** Never the same bytes twice, and the same in every run. */
function countingBytes(): (sizeBytes: number) => Uint8Array {
  let state = 1;
  return (sizeBytes) =>
    Uint8Array.from({ length: sizeBytes }, () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state >>> 24;
    });
}
