import assert from "node:assert/strict";
import { test } from "node:test";
import { RandomGenerator } from "@sluice/netem";
import type { BusMessage } from "./bus-message.js";
import { roomChannel } from "./channel.js";
import type { BusNode } from "./testing/bus-node.js";
import { MemoryHarness } from "./testing/memory-harness.js";

const IDS = ["n1", "n2", "n3", "n4"] as const;
const CHANNELS = ["a", "b"].map(roomChannel);
const STEPS = 250;

/**
 * What a node says on a channel is how often it has spoken there, and what another knows of it grows by one with each message, so nothing
 * that is missing can be made up for by a later one: only by a snapshot, which is taken at a gap.
 */
interface SimulatedNode {
  readonly node: BusNode;
  readonly own: Map<string, number>;
  readonly known: Map<string, number>;
  /** Messages that came after one that was missing, or before one that they follow. */
  readonly broken: string[];
}

for (let seed = 1; seed <= 40; seed++) {
  test(`no message is missing unless that was told, and in the end everybody knows everything: seed ${seed}`, async (context) => {
    const random = new RandomGenerator(seed);
    const harness = new MemoryHarness(() => random.next());
    context.after(() => harness.close());
    const { hub } = harness;
    Object.assign(hub.faults, { latencyMs: 2, lossRate: 0.05, duplicateRate: 0.1, reorderRate: 0.1, reorderMs: 30 });
    const nodes = new Map<string, SimulatedNode>();
    for (const id of IDS) nodes.set(id, await addNode(id, harness, nodes, random));
    await harness.wait(10);

    await misbehave(harness, nodes, random, true);
    heal(harness);
    harness.clock.advance(200);
    // The loss of what was said last shows in what is said next.
    for (const simulated of nodes.values()) for (const channel of CHANNELS) say(simulated, channel);
    // Handlers that fail hold up others.
    harness.clock.advance(10_000);
    checkEverythingIsKnown(nodes);
    const counters = [...nodes.values()].map(({ node }) => node.bus.readings().inboxCounters);
    assert.ok(
      counters.some(({ duplicate, gaps }) => duplicate > 0 && gaps > 0),
      "the faults were there",
    );

    // What a broker does that only goes away and comes back is told without another word.
    await misbehave(harness, nodes, random, false);
    heal(harness);
    // Handlers that fail hold up others.
    harness.clock.advance(10_000);
    checkEverythingIsKnown(nodes);
  });
}

async function misbehave(
  { hub, clock }: MemoryHarness,
  nodes: ReadonlyMap<string, SimulatedNode>,
  random: RandomGenerator,
  isCutting: boolean,
): Promise<void> {
  for (let step = 0; step < STEPS; step++) {
    const id = IDS[random.nextUint32() % IDS.length] as string;
    const choice = random.next();
    if (choice < 0.8) say(nodes.get(id) as SimulatedNode, CHANNELS[random.nextUint32() % 2] as string);
    else if (choice < 0.84 && isCutting) hub.cut(id, IDS[random.nextUint32() % IDS.length] as string);
    else if (choice < 0.88) hub.heal();
    else if (choice < 0.91) hub.cutOff(id);
    else if (choice < 0.94) for (const back of IDS) hub.letBack(back);
    else if (choice < 0.96) hub.stop();
    else if (choice < 0.99) hub.start();
    else clock.advance(3_000);
    clock.advance(random.nextUint32() % 10);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function heal({ hub }: MemoryHarness): void {
  Object.assign(hub.faults, { lossRate: 0, reorderRate: 0 });
  hub.heal();
  for (const id of IDS) hub.letBack(id);
  hub.start();
}

function checkEverythingIsKnown(nodes: ReadonlyMap<string, SimulatedNode>): void {
  for (const [id, { known, broken }] of nodes) {
    assert.deepEqual(broken, []);
    for (const [other, { own }] of nodes) {
      if (other === id) continue;
      for (const [channel, value] of own)
        assert.equal(known.get(`${other} ${channel}`), value, `${id} of ${other} on ${channel}`);
    }
  }
}

async function addNode(
  id: string,
  harness: MemoryHarness,
  nodes: ReadonlyMap<string, SimulatedNode>,
  random: RandomGenerator,
): Promise<SimulatedNode> {
  const node = await harness.create(id);
  await harness.settle(node.bus.open());
  const simulated: SimulatedNode = { node, own: new Map(), known: new Map(), broken: [] };
  const last = new Map<string, number>();
  const { broken } = simulated;
  const handle = ({ sender, channel, sequence, payload }: BusMessage) => {
    const key = `${sender} ${channel}`;
    const value = Number(Buffer.from(payload).toString());
    const known = simulated.known.get(key) ?? 0;
    // A snapshot may have said more already.
    if (value > known + 1) broken.push(`${key}: ${value} after ${known}`);
    if ((last.get(key) ?? 0) > sequence) broken.push(`${key}: ${sequence} after ${last.get(key)}`);
    last.set(key, sequence);
    if (random.isHit(0.3)) throw new Error("fails at times");
    simulated.known.set(key, Math.max(known, value));
  };
  for (const channel of CHANNELS) {
    node.bus.subscribe(channel, {
      handleMessage: handle,
      handleGap: (gap) => {
        for (const [other, { own }] of nodes) {
          if (gap.sender !== undefined && gap.sender !== other) continue;
          simulated.known.set(`${other} ${gap.channel}`, own.get(gap.channel) ?? 0);
        }
      },
    });
  }
  return simulated;
}

function say({ node, own }: SimulatedNode, channel: string): void {
  const value = (own.get(channel) ?? 0) + 1;
  own.set(channel, value);
  node.say(channel as (typeof CHANNELS)[number], String(value), 2_000);
}
