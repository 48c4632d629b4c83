import type { Instant } from "@sluice/media";
import { SluiceError } from "@sluice/protocol";
import { HashRing } from "../ring/hash-ring.js";
import { drawAt, hashKey } from "../ring/key-hash.js";
import { type Candidate, type CandidateGroup, gatherCandidates } from "./candidate-group.js";
import { KnownNode } from "./known-node.js";
import { type Exclusion, type FullLimits, MAX_NODE_STREAMS, type ScheduledNode } from "./scheduled-node.js";
import type {
  CandidateOutcome,
  Choice,
  ExplainedCandidate,
  ExplainedExclusion,
  GroupName,
  SchedulingDecision,
  SchedulingRequest,
} from "./scheduling-decision.js";
import { DEFAULT_STRATEGY, STRATEGIES, type StrategyName } from "./strategies/strategies.js";

/** What a scheduler does when nothing else is asked of it. */
export const SCHEDULER_DEFAULTS: SchedulerOptions = {
  strategy: DEFAULT_STRATEGY,
  fullCpuPercent: 90,
  maxStreams: MAX_NODE_STREAMS,
};

export interface SchedulerOptions extends FullLimits {
  readonly strategy: StrategyName;
}

/** How often something was not as it should be, since the start. */
export interface SchedulerCounts {
  /** QoS readings that were no numbers. */
  readonly unreadableReadings: number;
  /** Nodes that came when the ring was full. */
  readonly refusedNodes: number;
  /** Requests that found no node. */
  readonly noNodeAvailable: number;
}

/**
 * How often a key comes by each node, on average, before it is left over: where the best nodes are above the bound and the others take
 * one key in fifty, one in 3,000 of 50 nodes' keys is.
 */
export const STEPS_PER_NODE = 8;

type Observe = (nodeId: string, draw: number, group: NamedGroup) => void;

interface NamedGroup extends CandidateGroup {
  readonly name: GroupName;
}

/**
 * Chooses a node of the cluster for a key. docs/reference/scheduling.md has the rules with their formulas.
 *
 * The ring says in which order nodes are asked for a key; each takes its share of what comes by, by load and QoS weight; what
 * it takes is drawn from the key, so it is the same keys each time. That is why a weight that changes a little moves few keys, and only from
 * nodes that got worse. Two schedulers that know the same nodes in the same state choose the same. Does no I/O and has no clock.
 */
export class Scheduler {
  readonly #options: SchedulerOptions;
  readonly #ring = new HashRing();
  readonly #nodes = new Map<string, KnownNode>();
  /** By the region asked for, made when they are needed; a region that no node has is undefined's. */
  readonly #groups = new Map<string | undefined, readonly NamedGroup[]>();
  #unreadableOfGone = 0;
  #refusedNodes = 0;
  #noNodeAvailable = 0;

  constructor(options: Partial<SchedulerOptions> = {}) {
    this.#options = { ...SCHEDULER_DEFAULTS, ...options };
  }

  get counts(): SchedulerCounts {
    const unreadable = [...this.#nodes.values()].reduce((sum, node) => sum + node.unreadable, this.#unreadableOfGone);
    return { unreadableReadings: unreadable, refusedNodes: this.#refusedNodes, noNodeAvailable: this.#noNodeAvailable };
  }

  /** A node has come, or its report; returns false, and forgets it, when there are 1,024 already. */
  setNode(node: ScheduledNode, now: Instant): boolean {
    const known = this.#nodes.get(node.nodeId);
    if (known !== undefined) {
      known.handleReport(node, now);
    } else {
      if (!this.#ring.add(node.nodeId)) {
        this.#refusedNodes += 1;
        return false;
      }
      this.#nodes.set(node.nodeId, new KnownNode(node, now));
    }
    this.#groups.clear();
    return true;
  }

  /** Its record is gone. Nothing happens when it is not known. */
  removeNode(nodeId: string): void {
    this.#unreadableOfGone += this.#nodes.get(nodeId)?.unreadable ?? 0;
    if (!this.#nodes.delete(nodeId)) return;
    this.#ring.remove(nodeId);
    this.#groups.clear();
  }

  /** Streams that a node will have soon, so that those who come before its next report find it busier. */
  handlePlaced(nodeId: string, streams = 1): void {
    if (!(streams > 0)) return;
    this.#nodes.get(nodeId)?.handlePlaced(Math.min(streams, MAX_NODE_STREAMS));
    this.#groups.clear();
  }

  /** The node's id. @throws SluiceError `noNodeAvailable` */
  choose(request: SchedulingRequest): string {
    const choice = this.#choose(request);
    if (choice !== undefined) return choice.nodeId;
    this.#noNodeAvailable += 1;
    throw new SluiceError("noNodeAvailable", `no node takes newcomers: ${this.#whyNone()}; try again later`);
  }

  /** The same choice with its reasons; changes and throws nothing. */
  explain(request: SchedulingRequest): SchedulingDecision {
    const { key, region } = request;
    let lowestDraws = new Map<string, number>();
    let lastGroup: NamedGroup | undefined;
    const choice = this.#choose(request, (nodeId, draw, group) => {
      if (group !== lastGroup) lowestDraws = new Map();
      lastGroup = group;
      lowestDraws.set(nodeId, Math.min(draw, lowestDraws.get(nodeId) ?? 1));
    });
    const group = this.#groupsOf(region).find(({ name }) => name === choice?.from);
    const candidates: ExplainedCandidate[] = [];
    this.#ring.find(hashKey(key), (nodeId) => {
      const candidate = group?.candidates.get(nodeId);
      if (candidate !== undefined) candidates.push(explainCandidate(candidate, choice, lowestDraws.get(nodeId)));
      return false;
    });
    return {
      key,
      region,
      strategy: this.#options.strategy,
      choice,
      meanStreams: group?.meanStreams ?? 0,
      boundStreams: group?.boundStreams ?? 0,
      candidates,
      excluded: this.#excludedFrom(group),
    };
  }

  /** `observe`: hears of each draw. */
  #choose({ key, region, placedOn = [] }: SchedulingRequest, observe?: Observe): Choice | undefined {
    const keyHash = hashKey(key);
    for (const group of this.#groupsOf(region)) {
      const { name, candidates } = group;
      if (candidates.size === 0) continue;
      const host = leastLoaded(placedOn, group);
      if (host !== undefined) return { nodeId: host, because: "placed", from: name };
      const accepting = this.#ring.findVirtual(keyHash, STEPS_PER_NODE * this.#ring.size, (nodeId, point) => {
        const candidate = candidates.get(nodeId);
        if (candidate?.isWithinBound !== true) return false;
        const draw = drawAt(keyHash, point);
        observe?.(nodeId, draw, group);
        return draw < candidate.acceptance;
      });
      if (accepting !== undefined) return { nodeId: accepting, because: "accepted", from: name };
      const first = this.#ring.find(keyHash, (nodeId) => candidates.get(nodeId)?.isWithinBound === true);
      if (first !== undefined) return { nodeId: first, because: "leftOver", from: name };
    }
    return undefined;
  }

  /** In the order in which they are asked. */
  #groupsOf(wanted: string | undefined): readonly NamedGroup[] {
    const region = this.#hasRegion(wanted) ? wanted : undefined;
    const known = this.#groups.get(region);
    if (known !== undefined) return known;
    const groups =
      region === undefined
        ? [this.#gather("all", () => true)]
        : [
            this.#gather("ownRegion", (node) => node.region === region),
            this.#gather("elsewhere", (node) => node.region !== region),
          ];
    this.#groups.set(region, groups);
    return groups;
  }

  /** Regions are asked for by who comes: only those that nodes have are kept in mind. */
  #hasRegion(region: string | undefined): boolean {
    if (region === undefined) return false;
    if (this.#groups.has(region)) return true;
    for (const node of this.#nodes.values()) if (node.region === region) return true;
    return false;
  }

  #gather(name: GroupName, isIn: (node: KnownNode) => boolean): NamedGroup {
    const nodes = [...this.#nodes.values()].filter((node) => isIn(node) && node.exclusion(this.#options) === undefined);
    const strategy = STRATEGIES[this.#options.strategy];
    const eligible = nodes.map((node) => node.asEligible());
    return { name, ...gatherCandidates(eligible, strategy) };
  }

  #excludedFrom(group: NamedGroup | undefined): ExplainedExclusion[] {
    const excluded: ExplainedExclusion[] = [];
    for (const [nodeId, node] of this.#nodes) {
      if (group?.candidates.has(nodeId) === true) continue;
      excluded.push({ nodeId, region: node.region, why: node.exclusion(this.#options) ?? "otherRegion" });
    }
    return excluded.sort((a, b) => (a.nodeId < b.nodeId ? -1 : 1));
  }

  /** For people. */
  #whyNone(): string {
    const counts = new Map<Exclusion, number>();
    for (const node of this.#nodes.values()) {
      const why = node.exclusion(this.#options);
      if (why !== undefined) counts.set(why, (counts.get(why) ?? 0) + 1);
    }
    if (counts.size === 0) return "none is known";
    return [...counts].map(([why, count]) => `${count} ${EXCLUSION_WORDS[why]}`).join(", ");
  }
}

const EXCLUSION_WORDS: { readonly [E in Exclusion]: string } = {
  unreadable: "with an unreadable record",
  stale: "silent",
  draining: "draining",
  cpuFull: "out of CPU",
  streamsFull: "full",
};

function explainCandidate(
  candidate: Candidate,
  choice: Choice | undefined,
  lowestDraw: number | undefined,
): ExplainedCandidate {
  const { node, streams, score, qosWeight, acceptance } = candidate;
  const { nodeId, region, cpuPercent } = node;
  const outcome = outcomeOf(candidate, choice, lowestDraw);
  return { nodeId, region, cpuPercent, streams, score, qosWeight, acceptance, lowestDraw, outcome };
}

function outcomeOf(candidate: Candidate, choice: Choice | undefined, lowestDraw: number | undefined): CandidateOutcome {
  if (candidate.node.nodeId === choice?.nodeId) return "chosen";
  if (choice?.because !== "placed" && !candidate.isWithinBound) return "overBound";
  return lowestDraw === undefined ? "notReached" : "passedOver";
}

/** Of the nodes that have a key already: the one with the fewest streams. */
function leastLoaded(nodeIds: readonly string[], { candidates }: CandidateGroup): string | undefined {
  let best: Candidate | undefined;
  for (const nodeId of nodeIds) {
    const candidate = candidates.get(nodeId);
    if (candidate === undefined) continue;
    const isBetter =
      best === undefined ||
      candidate.streams < best.streams ||
      (candidate.streams === best.streams && nodeId < best.node.nodeId);
    if (isBetter) best = candidate;
  }
  return best?.node.nodeId;
}
