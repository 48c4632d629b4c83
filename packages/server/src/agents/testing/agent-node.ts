import { DEV_KEY, DEV_SECRET } from "../../config/api-keys.js";
import { createLog } from "../../log/log.js";
import { createEntropy } from "../../session/entropy.js";
import type { RoomObserver } from "../../session/room-observer.js";
import { RoomObservers } from "../../session/room-observers.js";
import type { MemoryClient } from "../../testing/memory-client.js";
import { MemoryNode } from "../../testing/memory-node.js";
import { AgentDispatcher } from "../agent-dispatcher.js";
import { MemoryWorker } from "./memory-worker.js";

/** A node in memory whose rooms have agents. Its randomness is a count, and the same in every run. */
export class AgentNode {
  readonly node: MemoryNode;
  readonly dispatcher: AgentDispatcher;

  constructor() {
    const observers: RoomObserver[] = [];
    this.node = new MemoryNode({ observer: new RoomObservers(observers) });
    let count = 0;
    const entropy = createEntropy((sizeBytes) =>
      Uint8Array.from({ length: sizeBytes }, () => {
        count = (Math.imul(count, 1_103_515_245) + 12_345) >>> 0;
        return count >>> 24;
      }),
    );
    this.dispatcher = new AgentDispatcher({
      node: { nodeId: "ND_test", region: "" },
      clock: this.node.clock,
      entropy,
      log: createLog({ level: "fatal", format: "json" }),
      keys: new Map([[DEV_KEY, DEV_SECRET]]),
    });
    observers.push(this.dispatcher);
  }

  get counters(): AgentDispatcher["counters"] {
    return this.dispatcher.counters;
  }

  worker(registration?: ConstructorParameters<typeof MemoryWorker>[1]): MemoryWorker {
    return new MemoryWorker(this.dispatcher, registration);
  }

  /** Somebody whose media connection stands. */
  join(identity: string, ...grant: Parameters<MemoryNode["client"]> extends [string, ...infer G] ? G : never): MemoryClient {
    const client = this.node.client(identity, ...grant);
    client.join();
    client.membership.session.command((room) => room.setActive(client.participantId));
    return client;
  }

  roomId(name = "demo"): string {
    return this.node.rooms.find(name)?.room.roomId ?? "";
  }
}
