import type { Config } from "../config/config.js";
import { parseConfig } from "../config/parse-config.js";
import { createLog } from "../log/log.js";
import { createEntropy } from "../session/entropy.js";
import type { RoomObserver } from "../session/room-observer.js";
import { Rooms } from "../session/rooms.js";
import { MemoryClient } from "./memory-client.js";
import { MemoryWorkers } from "./memory-workers.js";
import { VirtualClock } from "./virtual-clock.js";

/** The control process without sockets and processes, in virtual time. */
export class MemoryNode {
  readonly clock = new VirtualClock();
  readonly workers: MemoryWorkers;
  readonly rooms: Rooms;
  readonly config: Config;

  constructor({
    workers = 1,
    flags = {},
    observer,
  }: {
    readonly workers?: number;
    readonly flags?: Readonly<Record<string, unknown>>;
    readonly observer?: RoomObserver;
  } = {}) {
    this.workers = new MemoryWorkers(workers);
    this.config = parseConfig({ flags: { dev: true, ...flags }, environment: {}, file: undefined, cpuCores: 1 });
    this.rooms = new Rooms({
      config: this.config,
      clock: this.clock,
      entropy: createEntropy(countingBytes()),
      workers: this.workers,
      log: createLog({ level: "fatal", format: "json" }),
      ...(observer === undefined ? {} : { observer }),
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
