import type { Instant } from "@sluice/media";
import type { EligibleNode } from "./candidate-group.js";
import { QosMeter } from "./qos-meter.js";
import { RecentPlacements } from "./recent-placements.js";
import { type Exclusion, exclusionOf, type FullLimits, type ScheduledNode } from "./scheduled-node.js";

/** A node with what the scheduler itself keeps of it. */
export class KnownNode {
  readonly #meter = new QosMeter();
  readonly #recent = new RecentPlacements();
  #node: ScheduledNode;

  constructor(node: ScheduledNode, now: Instant) {
    this.#node = node;
    this.#meter.handleReadings(node, now);
  }

  get region(): string {
    return this.#node.region;
  }

  /** QoS readings that were no numbers. */
  get unreadable(): number {
    return this.#meter.unreadable;
  }

  handleReport(node: ScheduledNode, now: Instant): void {
    this.#node = node;
    this.#meter.handleReadings(node, now);
    this.#recent.handleReport();
  }

  handlePlaced(streams: number): void {
    this.#recent.handlePlaced(streams);
  }

  exclusion(limits: FullLimits): Exclusion | undefined {
    return exclusionOf(this.#node, this.#streams, limits);
  }

  asEligible(): EligibleNode {
    return { node: this.#node, streams: this.#streams, qosWeight: this.#meter.weight };
  }

  get #streams(): number {
    return this.#node.streams + this.#recent.streams;
  }
}
