import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { BusOptions } from "../bus.js";
import { BUS_LIMITS } from "../bus-limits.js";
import { nodeChannel, roomChannel } from "../channel.js";
import { type Envelope, MAX_ENVELOPE_BYTES, serializeEnvelope } from "../envelope.js";
import { MessageAuthenticator } from "../message-authenticator.js";
import { type BusNode, SECRET } from "./bus-node.js";

/** A broker with nodes around it: one of either adapter. */
export interface BusHarness {
  /** A node whose bus is not open yet. */
  create(id: string, options?: Partial<BusOptions>): Promise<BusNode>;
  /** Past authentication and everything else of ours: whoever can reach the broker can do it. */
  publishRaw(channel: string, bytes: Uint8Array): Promise<void>;
  stopBroker(): Promise<void>;
  startBroker(): Promise<void>;
  /** One node loses its connection, and gets none until it is let back. */
  cutOff(id: string): void;
  letBack(id: string): void;
  /** Lets time pass until the promise settles. */
  settle<T>(promise: Promise<T>): Promise<T>;
  /** Lets time pass. */
  wait(ms: number): Promise<void>;
  /** Lets time pass until it is true; fails when it never is. */
  until(condition: () => boolean, what: string): Promise<void>;
  close(): Promise<void>;
}

const ROOM = roomChannel("stage");
const OTHER = roomChannel("hall");
const LONG_MS = BUS_LIMITS.maxTtlMs;

/** What every link to a broker must do, together with the bus on top of it. */
export function testBusContract(name: string, createHarness: () => Promise<BusHarness>, skip: string | false = false): void {
  const check = (title: string, run: (harness: BusHarness) => Promise<void>) =>
    test(`${name}: ${title}`, { skip }, async (context: TestContext) => {
      const harness = await createHarness();
      context.after(() => harness.close());
      await run(harness);
    });

  check("a message reaches everybody who listens to its channel, but its sender", async (harness) => {
    const [ann, bob, eve] = await openAll(harness, ["ann", "bob", "eve"]);
    await subscribeAll(harness, [ann, bob], ROOM);
    await subscribeAll(harness, [eve], OTHER);
    ann.say(ROOM, "hello");
    bob.say(OTHER, "psst");
    await harness.until(() => bob.messages.length > 0 && eve.messages.length > 0, "both are heard");
    assert.deepEqual(bob.heard(), ["ann: hello"]);
    assert.deepEqual(eve.heard(), ["bob: psst"]);
    assert.deepEqual(ann.heard(), []);
    assert.equal(bob.messages[0]?.epoch, 1);
  });

  check("payloads are bytes of any value, none to the most that there may be", async (harness) => {
    const [ann, bob] = await openAll(harness, ["ann", "bob"]);
    const channel = nodeChannel("bob");
    await subscribeAll(harness, [bob], channel);
    const payloads = [new Uint8Array(0), Uint8Array.from({ length: 256 }, (_, index) => index)];
    payloads.push(new Uint8Array(BUS_LIMITS.maxPayloadBytes).fill(0xff));
    for (const payload of payloads) assert.equal(ann.bus.publish(channel, payload), true);
    assert.equal(ann.bus.publish(channel, new Uint8Array(BUS_LIMITS.maxPayloadBytes + 1)), false);
    await harness.until(() => bob.messages.length === payloads.length, "all of them");
    for (const [index, payload] of payloads.entries())
      assert.deepEqual([...(bob.messages[index]?.payload ?? [])], [...payload]);
    assert.equal(ann.bus.readings().outboxCounters.refused, 1);
  });

  check("a channel is heard from its subscription until its end, and again", async (harness) => {
    const [ann, bob] = await openAll(harness, ["ann", "bob"]);
    await subscribeAll(harness, [bob], OTHER);
    ann.say(ROOM, "early");
    await subscribeAll(harness, [bob], ROOM);
    ann.say(ROOM, "first");
    await harness.until(() => bob.messages.length === 1, "the first");
    bob.bus.unsubscribe(ROOM);
    // By another channel, so that it is known to have passed what is not to be heard.
    ann.say(ROOM, "unheard");
    ann.say(OTHER, "passed");
    await harness.until(() => bob.heard(OTHER).length === 1, "the other channel");
    bob.gaps.length = 0;
    await subscribeAll(harness, [bob], ROOM);
    ann.say(ROOM, "second");
    await harness.until(() => bob.heard(ROOM).length === 2, "the second");
    assert.deepEqual(bob.heard(ROOM), ["ann: first", "ann: second"]);
  });

  check("10,000 messages come once each and in their order, with handlers that take their time", async (harness) => {
    const [ann, bob, eve] = await openAll(harness, ["ann", "bob", "eve"]);
    await subscribeAll(harness, [eve], ROOM);
    eve.handle = async (message) => {
      if (message.sequence % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
    };
    for (let index = 0; index < 10_000; index++) {
      (index % 2 === 0 ? ann : bob).say(ROOM, String(index), LONG_MS);
      // A publisher that does not look at its outbox loses what has no room there, as the test of an outage shows.
      if (index % 200 === 199) await harness.until(() => eve.messages.length > index - 200, `message ${index}`);
    }
    await harness.until(() => eve.messages.length >= 10_000, "all of them");
    const numbers = (sender: string) =>
      eve.messages.filter((message) => message.sender === sender).map(({ payload }) => Number(Buffer.from(payload).toString()));
    assert.deepEqual(
      numbers("ann"),
      Array.from({ length: 5_000 }, (_, index) => 2 * index),
    );
    assert.deepEqual(
      numbers("bob"),
      Array.from({ length: 5_000 }, (_, index) => 2 * index + 1),
    );
    assert.equal(eve.hasGap("missing"), false);
    assert.equal(eve.hasGap("dropped"), false);
  });

  check(
    "a message whose handler fails comes again before the sender's next one, and is dropped in the end",
    async (harness) => {
      const [ann, bob] = await openAll(harness, ["ann", "bob"]);
      await subscribeAll(harness, [bob], ROOM);
      const tries: string[] = [];
      bob.handle = (message) => {
        const text = Buffer.from(message.payload).toString();
        tries.push(text);
        if (text === "never" || (text === "once" && tries.length === 1)) throw new Error("as the test wants");
      };
      for (const text of ["once", "never", "good"]) ann.say(ROOM, text);
      await harness.until(() => bob.messages.length === 2, "what can be handled");
      assert.deepEqual(tries, ["once", "once", ...Array.from({ length: BUS_LIMITS.maxAttempts }, () => "never"), "good"]);
      const { handled, retried, failed } = bob.bus.readings().consumerCounters;
      assert.deepEqual([handled, retried, failed], [2, BUS_LIMITS.maxAttempts, 1]);
      assert.ok(bob.hasGap("dropped", ROOM));
    },
  );

  check("an outage is told to everybody, who then hears what is said", async (harness) => {
    const [ann, bob] = await openAll(harness, ["ann", "bob"]);
    await subscribeAll(harness, [bob], ROOM);
    ann.say(ROOM, "before");
    await harness.until(() => bob.messages.length === 1, "what came before");
    await harness.stopBroker();
    await harness.until(() => [ann, bob].every((node) => node.bus.state.type === "interrupted"), "both notice");
    bob.gaps.length = 0;
    bob.subscribe(OTHER);
    ann.say(ROOM, "meanwhile", LONG_MS);
    await harness.startBroker();
    await harness.until(() => bob.hasGap("reconnected", ROOM) && ann.bus.readings().outbox === 0, "both are back");
    assert.ok(bob.hasGap("reconnected", OTHER));
    assert.deepEqual(bob.states, ["connected", "interrupted", "connected"]);
    for (const channel of [ROOM, OTHER]) ann.say(channel, "after");
    await harness.until(() => bob.heard(OTHER).length === 1 && bob.heard(ROOM).at(-1) === "ann: after", "what came after");
    // Whoever is back later than a message that waited does not hear it. That is what the gap is for.
    const heard = bob.heard(ROOM).filter((text) => text !== "ann: meanwhile");
    assert.deepEqual(heard, ["ann: before", "ann: after"]);
  });

  check("what a node says while it is cut off waits, but not longer than it may", async (harness) => {
    const [ann, bob] = await openAll(harness, ["ann", "bob"]);
    await subscribeAll(harness, [bob], ROOM);
    harness.cutOff("ann");
    await harness.until(() => ann.bus.state.type === "interrupted", "it notices");
    ann.say(ROOM, "short", 50);
    ann.say(ROOM, "long", LONG_MS);
    await harness.wait(100);
    harness.letBack("ann");
    await harness.until(() => bob.messages.length === 1, "what waited");
    assert.deepEqual(bob.heard(), ["ann: long"]);
    assert.equal(ann.bus.readings().outboxCounters.expired, 1);
    assert.ok(bob.hasGap("missing", ROOM));
  });

  check("what was on its way when the connection ended comes all the same, once and in order", async (harness) => {
    const [ann, bob] = await openAll(harness, ["ann", "bob"]);
    await subscribeAll(harness, [bob], ROOM);
    const count = 2_000;
    for (let index = 0; index < count; index++) {
      ann.say(ROOM, String(index), LONG_MS);
      if (index % 400 === 200) await harness.until(() => bob.messages.length > index - 150, "some are heard");
      if (index % 400 !== 250) continue;
      harness.cutOff("ann");
      await harness.until(() => ann.bus.state.type === "interrupted", "it notices");
      harness.letBack("ann");
    }
    await harness.until(() => bob.messages.length >= count, "all of them");
    assert.deepEqual(
      bob.heard(),
      Array.from({ length: count }, (_, index) => `ann: ${index}`),
    );
    assert.ok(ann.bus.readings().outboxCounters.resent > 0);
    assert.equal(bob.hasGap("missing"), false);
  });

  check("what waits is bounded, and whoever missed something is told", async (harness) => {
    const [ann, bob] = await openAll(harness, ["ann", "bob"]);
    await subscribeAll(harness, [bob], ROOM);
    await subscribeAll(harness, [bob], OTHER);
    harness.cutOff("ann");
    await harness.until(() => ann.bus.state.type === "interrupted", "it notices");
    ann.say(OTHER, "the oldest, and the only one there", LONG_MS);
    for (let index = 0; index < BUS_LIMITS.maxOutbox + 99; index++) ann.say(ROOM, String(index), LONG_MS);
    assert.equal(ann.bus.readings().outbox, BUS_LIMITS.maxOutbox);
    assert.equal(ann.bus.readings().outboxCounters.overflowed, 100);
    harness.letBack("ann");
    await harness.until(() => bob.heard(ROOM).length === BUS_LIMITS.maxOutbox, "what there was room for");
    assert.equal(bob.heard(ROOM)[0], "ann: 99");
    // By a mark: nothing else was said there.
    await harness.until(() => bob.bus.readings().inboxCounters.marks === 1, "the mark");
    assert.ok(bob.gaps.some((gap) => gap.channel === OTHER && gap.sender === "ann" && gap.cause === "missing"));
    assert.deepEqual(bob.heard(OTHER), []);
  });

  check("a node that was cut off is told so, and nobody else", async (harness) => {
    const [ann, bob, eve] = await openAll(harness, ["ann", "bob", "eve"]);
    await subscribeAll(harness, [bob, eve], ROOM);
    for (const node of [bob, eve]) node.gaps.length = 0;
    harness.cutOff("bob");
    await harness.until(() => bob.bus.state.type === "interrupted", "it notices");
    ann.say(ROOM, "unheard");
    await harness.until(() => eve.messages.length === 1, "the others go on");
    harness.letBack("bob");
    await harness.until(() => bob.hasGap("reconnected", ROOM), "it is told");
    ann.say(ROOM, "heard");
    await harness.until(() => bob.messages.length === 1 && eve.messages.length === 2, "everybody hears again");
    assert.deepEqual(bob.heard(), ["ann: heard"]);
    assert.deepEqual(eve.gaps, []);
  });

  check("a hostile publisher changes nothing, and everything it does is counted", async (harness) => {
    const [ann, bob] = await openAll(harness, ["ann", "bob"]);
    await subscribeAll(harness, [bob], ROOM);
    await subscribeAll(harness, [bob], OTHER);
    ann.say(ROOM, "good");
    await harness.until(() => bob.messages.length === 1, "the good one");
    const own = new MessageAuthenticator([SECRET]);
    const foreign = new MessageAuthenticator(["another secret, which is long enough as well"]);
    const next: Envelope = { ...envelopeOf("ann"), sequence: 2, previousSequence: 1 };
    const good = serializeEnvelope(next, own);
    const flipped = Uint8Array.from(good);
    flipped[flipped.length - 20] = (flipped.at(-20) ?? 0) ^ 1;
    const newer = Uint8Array.from(good);
    newer[2] = 2;
    const hostile: [string, Uint8Array][] = [
      [ROOM, Buffer.from("garbage")],
      [ROOM, new Uint8Array(0)],
      [ROOM, good.subarray(0, good.length - 1)],
      [ROOM, new Uint8Array(MAX_ENVELOPE_BYTES + 1)],
      [ROOM, serializeEnvelope(next, foreign)],
      [ROOM, flipped],
      [ROOM, newer],
      [OTHER, good],
      [ROOM, serializeEnvelope({ ...next, sequence: 1, previousSequence: 0 }, own)],
      [ROOM, serializeEnvelope({ ...next, epoch: 0 }, own)],
      [ROOM, serializeEnvelope({ ...next, sender: "bob", epoch: 7 }, own)],
    ];
    for (const [channel, bytes] of hostile) await harness.publishRaw(channel, bytes);
    const counters = bob.bus.readings().inboxCounters;
    await harness.until(() => counters.received >= hostile.length + 1, "all of them");
    assert.deepEqual(
      { ...counters },
      {
        received: 12,
        accepted: 1,
        marks: 0,
        own: 0,
        oversized: 1,
        malformed: 2,
        foreignVersion: 1,
        unauthenticated: 3,
        wrongChannel: 1,
        sameNodeId: 1,
        staleEpoch: 1,
        unknownSession: 0,
        duplicate: 1,
        expired: 0,
        gaps: 0,
      },
    );
    ann.say(ROOM, "still good");
    await harness.until(() => bob.messages.length === 2, "the next good one");
    assert.deepEqual(bob.heard(), ["ann: good", "ann: still good"]);
    assert.equal(bob.hasGap("missing"), false);
  });

  check("a node that starts again is heard, its session before is not, and listeners are told", async (harness) => {
    const [ann, bob] = await openAll(harness, ["ann", "bob"]);
    await subscribeAll(harness, [bob], ROOM);
    ann.say(ROOM, "old");
    await harness.until(() => bob.messages.length === 1, "the old session");
    await ann.bus.close();
    const again = await harness.create("ann", { epoch: 2 });
    await harness.settle(again.bus.open());
    again.say(ROOM, "new");
    await harness.until(() => bob.messages.length === 2, "the new session");
    assert.deepEqual(bob.heard(), ["ann: old", "ann: new"]);
    assert.ok(bob.hasGap("restarted", ROOM));
    await harness.publishRaw(
      ROOM,
      serializeEnvelope({ ...envelopeOf("ann"), sequence: 99 }, new MessageAuthenticator([SECRET])),
    );
    await harness.until(() => bob.bus.readings().inboxCounters.staleEpoch === 1, "the replay");
    assert.equal(bob.messages.length, 2);
  });

  check("a node with another secret, or a session that the registry does not know, is not heard", async (harness) => {
    const [ann] = await openAll(harness, ["ann"]);
    const bob = await harness.create("bob", { isKnownSession: (nodeId) => nodeId !== "ghost" });
    const eve = await harness.create("eve", { secrets: ["a secret of another cluster, long enough"] });
    const rotating = await harness.create("new", { secrets: ["the next secret of this cluster, in use", SECRET] });
    const ghost = await harness.create("ghost");
    for (const node of [bob, eve, rotating, ghost]) await harness.settle(node.bus.open());
    await subscribeAll(harness, [bob, rotating], ROOM);
    eve.say(ROOM, "let me in");
    ghost.say(ROOM, "boo");
    ann.say(ROOM, "hello");
    const counters = bob.bus.readings().inboxCounters;
    await harness.until(() => counters.received === 3 && rotating.messages.length === 2, "all three");
    assert.deepEqual(bob.heard(), ["ann: hello"]);
    assert.deepEqual([counters.unauthenticated, counters.unknownSession], [1, 1]);
    assert.deepEqual(rotating.heard().sort(), ["ann: hello", "ghost: boo"]);
  });

  check("without its broker a bus does not open, or opens when it comes", async (harness) => {
    await harness.stopBroker();
    const refused = await harness.create("ann");
    await assert.rejects(refused.bus.open(), { name: "SluiceError", code: "unavailable" });
    const [bob, eve] = [await harness.create("bob"), await harness.create("eve")];
    const opened = Promise.all([bob.bus.open(true), eve.bus.open(true)]);
    eve.subscribe(ROOM);
    bob.say(ROOM, "as soon as it is there", LONG_MS);
    await harness.wait(100);
    assert.equal(bob.bus.state.type, "connecting");
    await harness.startBroker();
    await harness.until(() => bob.bus.state.type === "connected" && eve.hasGap("subscribed", ROOM), "both are open");
    await opened;
    bob.say(ROOM, "later");
    await harness.until(() => eve.heard().at(-1) === "bob: later", "they hear each other");
  });
}

/** The first message of `sender` on {@link ROOM}. */
function envelopeOf(sender: string): Envelope {
  const payload = Buffer.from("hostile");
  return {
    kind: "message",
    sender,
    epoch: 1,
    sequence: 1,
    previousSequence: 0,
    sentAtMs: 0,
    ttlMs: 60_000,
    channel: ROOM,
    payload,
  };
}

async function openAll<const Ids extends readonly string[]>(
  harness: BusHarness,
  ids: Ids,
): Promise<{ -readonly [I in keyof Ids]: BusNode }> {
  const nodes = await Promise.all(ids.map((id) => harness.create(id)));
  await harness.settle(Promise.all(nodes.map((node) => node.bus.open())));
  return nodes as { -readonly [I in keyof Ids]: BusNode };
}

async function subscribeAll(harness: BusHarness, nodes: readonly BusNode[], channel: typeof ROOM): Promise<void> {
  for (const node of nodes) node.subscribe(channel);
  await harness.until(() => nodes.every((node) => node.hasGap("subscribed", channel)), "the subscription");
}
