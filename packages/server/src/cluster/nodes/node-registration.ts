import { after, type Instant } from "@sluice/media";
import { REGISTRY } from "../registry/registry.js";
import { NODE_RECORD, type NodeIdentity, type NodeLoad, type NodeRecord, type NodeState } from "./node-record.js";

/**
 * What a node says of itself, and when: every 3 s with fresh numbers, and at once when its state changes.
 *
 * It goes by the monotonic clock alone, so steps of the wall clock change nothing. Does no I/O: its owner declares what {@link pollRecord} returns in
 * the registry, which keeps it there under the node's lease.
 */
export class NodeRegistration {
  readonly #identity: NodeIdentity;
  #state: NodeState = "serving";
  #due: Instant;

  constructor(identity: NodeIdentity, now: Instant) {
    this.#identity = identity;
    this.#due = now;
  }

  get state(): NodeState {
    return this.#state;
  }

  /** The node takes no more newcomers; it stays so until it ends. */
  drain(now: Instant): void {
    if (this.#state === "draining") return;
    this.#state = "draining";
    this.#due = now;
  }

  /** `measure` is called only when a record is due. */
  pollRecord(now: Instant, measure: () => NodeLoad): NodeRecord | undefined {
    if (now < this.#due) return undefined;
    this.#due = after(now, REGISTRY.renewMs);
    return { ...this.#identity, state: this.#state, load: withinBounds(measure()) };
  }

  pollTimeout(): Instant {
    return this.#due;
  }
}

/** A meter that says nonsense must not make the whole record unreadable to others. */
function withinBounds(load: NodeLoad): NodeLoad {
  return {
    cpuPercent: round(load.cpuPercent, 100),
    memPercent: round(load.memPercent, 100),
    streams: Math.round(round(load.streams, NODE_RECORD.maxStreams)),
    packetsPerSecond: Math.round(round(load.packetsPerSecond, NODE_RECORD.maxPacketsPerSecond)),
    forwardingDelayP99Ms: round(load.forwardingDelayP99Ms, NODE_RECORD.maxDelayMs),
  };
}

/** To two digits after the point, so that records stay short. */
function round(value: number, max: number): number {
  return Number.isNaN(value) ? 0 : Math.round(Math.min(max, Math.max(0, value)) * 100) / 100;
}
