import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { SluiceError } from "@sluice/protocol";
import { REGISTRY } from "../registry.js";
import type { StoreEvent, WatchEnd } from "../registry-store.js";
import { StoreRegistry } from "../store-registry.js";
import { PrefixView } from "./prefix-view.js";
import type { FixtureLink, RegistryFixture } from "./registry-fixture.js";

const ENCODER = new TextEncoder();
const bytes = (text: string) => ENCODER.encode(text);

/** A node's registry and its way to the store. */
interface TestNode extends FixtureLink {
  readonly registry: StoreRegistry;
}

/** What every adapter of the registry must do, together with the machines above it. */
export function testRegistryContract(name: string, createFixture: () => Promise<RegistryFixture>, skip: false | string): void {
  const contractTest = (title: string, run: (context: Contract) => Promise<void>) =>
    test(`${name}: ${title}`, { skip }, async (t) => {
      const contract = new Contract(await createFixture(), t);
      await run(contract);
    });

  contractTest("a watcher knows what was there before and hears what comes, each once and in order", async (contract) => {
    const writer = await contract.node();
    writer.registry.set("/sluice/nodes/a", bytes("1"));
    writer.registry.set("/sluice/rooms/x", bytes("other"));
    await contract.done(writer.registry.ready(5_000));
    const view = new PrefixView((await contract.node()).registry, "/sluice/nodes/");
    await contract.eventually(() => view.watch.isCurrent, 5_000, "the watch is open");
    for (const value of ["2", "3"]) {
      writer.registry.set("/sluice/nodes/a", bytes(value));
      writer.registry.set("/sluice/nodes/b", bytes(value));
      await contract.eventually(() => view.log.at(-1) === `+/sluice/nodes/b=${value}`, 5_000, value);
    }
    writer.registry.delete("/sluice/nodes/a");
    await contract.eventually(() => !view.values.has("/sluice/nodes/a"), 5_000, "deleted");
    const puts = ["+/sluice/nodes/a=2", "+/sluice/nodes/b=2", "+/sluice/nodes/a=3", "+/sluice/nodes/b=3"];
    assert.deepEqual(view.log, ["reset", ...puts, "-/sluice/nodes/a"]);
  });

  contractTest("more than fits one request is written all the same", async (contract) => {
    const writer = await contract.node();
    const large = "x".repeat(REGISTRY.maxValueBytes);
    for (let i = 0; i < 12; i++) writer.registry.set(`/sluice/large/${i}`, bytes(large));
    for (let i = 0; i < 1_000; i++) writer.registry.set(`/sluice/many/${i}`, bytes(`${i}`));
    await contract.done(writer.registry.ready(10_000));
    const { registry } = await contract.node();
    const [many, larges] = [new PrefixView(registry, "/sluice/many/"), new PrefixView(registry, "/sluice/large/")];
    await contract.eventually(() => many.resets > 0 && larges.resets > 0, 5_000, "both are read");
    assert.equal(many.values.size, 1_000);
    assert.equal(many.values.get("/sluice/many/999"), "999");
    assert.deepEqual([...larges.values.values()], Array(12).fill(large));
  });

  contractTest("a key that another node has written since stays when it is taken back", async (contract) => {
    const [a, b] = [await contract.node(), await contract.node()];
    const view = new PrefixView(b.registry, "/sluice/rooms/");
    a.registry.set("/sluice/rooms/r", bytes("a"));
    a.registry.set("/sluice/rooms/own", bytes("a"));
    await contract.done(a.registry.ready(5_000));
    b.registry.set("/sluice/rooms/r", bytes("b"));
    await contract.eventually(() => view.values.get("/sluice/rooms/r") === "b", 5_000, "b has it");
    a.registry.delete("/sluice/rooms/r");
    a.registry.delete("/sluice/rooms/own");
    await contract.eventually(() => !view.values.has("/sluice/rooms/own"), 5_000, "a's own is gone");
    assert.equal(view.text, "/sluice/rooms/r=b");
    await contract.done(a.registry.close());
    b.registry.set("/sluice/rooms/s", bytes("b"));
    await contract.eventually(() => view.values.has("/sluice/rooms/s"), 5_000, "b still writes");
    assert.equal(view.text, "/sluice/rooms/r=b /sluice/rooms/s=b");
  });

  contractTest("a node that closes takes its keys along at once", async (contract) => {
    const [a, b] = [await contract.node(), await contract.node()];
    const view = new PrefixView(b.registry, "/sluice/");
    for (let i = 0; i < 300; i++) a.registry.set(`/sluice/${i}`, bytes("a"));
    await contract.eventually(() => view.values.size === 300, 5_000, "seen");
    await contract.done(a.registry.close());
    await contract.eventually(() => view.values.size === 0, 1_000, "gone");
    assert.equal(a.registry.leaseStatus, "closed");
  });

  contractTest("the keys of a node that is killed go when its lease ends, and not before", async (contract) => {
    const [a, b] = [await contract.node(), await contract.node()];
    const view = new PrefixView(b.registry, "/sluice/");
    a.registry.set("/sluice/nodes/a", bytes("a"));
    b.registry.set("/sluice/nodes/b", bytes("b"));
    await contract.eventually(() => view.values.size === 2, 5_000, "seen");
    const killedAt = contract.clock.now();
    a.registry.abandon();
    await contract.eventually(() => view.values.size === 1, REGISTRY.leaseTtlMs + 3_000, "gone");
    assert.ok(
      (contract.clock.now() - killedAt) / 1000 >= REGISTRY.leaseTtlMs - REGISTRY.renewMs - 1_000,
      "not before its time",
    );
    assert.equal(view.text, "/sluice/nodes/b=b");
    assert.equal(b.registry.counters.leasesLost, 0);
  });

  contractTest("a node that lost its lease asks for another and declares everything anew", async (contract) => {
    const [a, b] = [await contract.node(), await contract.node()];
    const view = new PrefixView(b.registry, "/sluice/");
    const statuses: string[] = [];
    a.registry.onLeaseStatus((status) => statuses.push(status));
    for (let i = 0; i < 250; i++) a.registry.set(`/sluice/${i}`, bytes("a"));
    await contract.eventually(() => view.values.size === 250, 5_000, "seen");
    await contract.fixture.endLeaseOf("/sluice/0");
    await contract.eventually(() => view.values.size === 0, 2_000, "gone");
    await contract.eventually(() => view.values.size === 250, REGISTRY.renewMs + 2_000, "back");
    assert.equal(a.registry.counters.leasesLost, 1);
    assert.deepEqual(statuses, ["held", "lost", "held"]);
  });

  contractTest(
    "while the store is stopped the last of each key is kept, and afterwards no event is lost or doubled",
    async (contract) => {
      const [a, b] = [await contract.node(), await contract.node()];
      const view = new PrefixView(b.registry, "/sluice/");
      for (const key of ["a", "b", "c"]) a.registry.set(`/sluice/${key}`, bytes("1"));
      await contract.eventually(() => view.values.size === 3, 5_000, "seen");
      await contract.fixture.stop();
      await contract.eventually(() => !b.registry.isCurrent, 5_000, "noticed");
      for (const value of ["2", "3", "4"]) a.registry.set("/sluice/a", bytes(value));
      a.registry.delete("/sluice/b");
      a.registry.set("/sluice/d", bytes("1"));
      const failed = a.registry.counters.requestsFailed;
      await contract.eventually(() => a.registry.counters.requestsFailed > failed, 5_000, "written in vain");
      assert.equal(view.text, "/sluice/a=1 /sluice/b=1 /sluice/c=1", "the last view stays");
      await contract.fixture.start();
      await contract.eventually(() => view.text === "/sluice/a=4 /sluice/c=1 /sluice/d=1", 10_000, "caught up");
      await contract.eventually(() => b.registry.isCurrent && a.registry.leaseStatus === "held", 10_000, "healed");
      const later = view.log.slice(view.log.lastIndexOf("+/sluice/c=1") + 1);
      // Everything was under a lease that outlived the stop, so only what was declared meanwhile was written.
      assert.deepEqual(later.sort(), ["+/sluice/a=4", "+/sluice/d=1", "-/sluice/b"]);
      assert.equal(view.resets, 1);
    },
  );

  contractTest("a watcher that was cut off goes on where it was, through more than one message of events", async (contract) => {
    const [a, b] = [await contract.node(), await contract.node()];
    const view = new PrefixView(b.registry, "/sluice/");
    a.registry.set("/sluice/n", bytes("0"));
    await contract.eventually(() => view.text === "/sluice/n=0" && view.watch.isCurrent, 5_000, "seen");
    b.cut();
    const large = "x".repeat(100_000);
    for (let i = 1; i <= 30; i++) {
      a.registry.set("/sluice/n", bytes(`${i}`));
      a.registry.set("/sluice/large", bytes(`${i}${large}`));
      await contract.done(a.registry.ready(5_000));
    }
    await contract.eventually(() => !b.registry.isCurrent, 15_000, "noticed");
    b.heal();
    await contract.eventually(() => view.values.get("/sluice/large")?.startsWith("30x") === true, 10_000, "caught up");
    const heard = view.log.filter((line) => line.startsWith("+/sluice/n="));
    assert.equal(view.resets, 1);
    const expected = Array.from({ length: 30 }, (_, i) => `+/sluice/n=${i + 1}`);
    assert.deepEqual(heard.slice(-30), expected);
  });

  contractTest("a watcher that was away too long reads everything again", async (contract) => {
    const [a, b] = [await contract.node(), await contract.node()];
    const view = new PrefixView(b.registry, "/sluice/");
    a.registry.set("/sluice/gone", bytes("1"));
    a.registry.set("/sluice/stays", bytes("1"));
    await contract.eventually(() => view.values.size === 2 && view.watch.isCurrent, 5_000, "seen");
    b.cut();
    a.registry.delete("/sluice/gone");
    await contract.done(a.registry.ready(5_000));
    a.registry.set("/sluice/new", bytes("1"));
    await contract.done(a.registry.ready(5_000));
    await contract.fixture.compact();
    await contract.eventually(() => !b.registry.isCurrent, 15_000, "noticed");
    b.heal();
    await contract.eventually(() => view.text === "/sluice/new=1 /sluice/stays=1", 10_000, "caught up");
    assert.equal(view.resets, 2);
    assert.equal(b.registry.counters.resets, 1);
    assert.ok(!view.log.includes("-/sluice/gone"), "its end was forgotten");
  });

  contractTest("what foreign writers leave is ignored and counted", async (contract) => {
    const { fixture } = contract;
    const tooLarge = new Uint8Array(REGISTRY.maxValueBytes + 1);
    const notUtf8 = new Uint8Array([...bytes("/sluice/"), 0xff, 0xfe]);
    await fixture.writeForeign(notUtf8, bytes("1"));
    await fixture.writeForeign(bytes("/sluice/a b"), bytes("1"));
    await fixture.writeForeign(bytes("/sluice/large"), tooLarge);
    const { registry } = await contract.node();
    const view = new PrefixView(registry, "/sluice/");
    await contract.eventually(() => view.watch.isCurrent, 5_000, "read");
    assert.equal(view.text, "");
    assert.deepEqual([registry.counters.ignoredKeys, registry.counters.ignoredValues], [2, 1]);
    registry.set("/sluice/mine", bytes("1"));
    await contract.eventually(() => view.values.size === 1, 5_000, "mine");
    await fixture.writeForeign(bytes("/sluice/mine"), tooLarge);
    await fixture.writeForeign(bytes("/sluice//"), bytes("1"));
    await fixture.writeForeign(bytes("/sluice//"), undefined);
    await fixture.writeForeign(bytes("/sluice/foreign"), bytes("1"));
    await contract.eventually(() => view.values.has("/sluice/foreign"), 5_000, "a value that could be ours");
    assert.deepEqual(view.log.slice(-2), ["-/sluice/mine", "+/sluice/foreign=1"]);
    assert.deepEqual([registry.counters.ignoredKeys, registry.counters.ignoredValues], [3, 2]);
  });

  contractTest("a store that is not there at the start is one clear error", async (contract) => {
    await contract.fixture.stop();
    const { registry } = await contract.node();
    let failure: unknown;
    registry.ready(500).catch((error: unknown) => {
      failure = error;
    });
    await contract.eventually(() => failure !== undefined, 5_000, "failed");
    assert.ok(failure instanceof SluiceError);
    assert.equal(failure.code, "unavailable");
    assert.match(
      failure.message,
      /^(the memory registry|etcd at http:\/\/127\.0\.0\.1:\d+) cannot be reached: .+ \(tried for 0\.5 s\)$/,
    );
    await contract.fixture.start();
    await contract.eventually(() => registry.leaseStatus === "held", 10_000, "it comes, and all is well");
  });

  contractTest("a watch asked for what is forgotten, or still to come, says so", async (contract) => {
    const [a, { store }] = [await contract.node(), await contract.fixture.link()];
    contract.closeAtEnd(store);
    a.registry.set("/sluice/a", bytes("1"));
    await contract.done(a.registry.ready(5_000));
    await contract.fixture.compact();
    for (const revision of [0, 1_000_000]) {
      const ends: WatchEnd[] = [];
      const events: StoreEvent[] = [];
      store.watch("/sluice/", revision, {
        handleOpen: () => undefined,
        handleEvents: (heard) => events.push(...heard),
        handleEnd: (reason) => ends.push(reason),
      });
      await contract.eventually(() => ends.length > 0, 5_000, `revision ${revision}`);
      assert.deepEqual([ends, events], [["compacted"], []]);
    }
  });
}

class Contract {
  readonly fixture: RegistryFixture;
  readonly #closers: (() => void | Promise<void>)[] = [];

  constructor(fixture: RegistryFixture, t: TestContext) {
    this.fixture = fixture;
    t.after(async () => {
      for (const close of this.#closers) await close();
      await fixture.close();
    });
  }

  get clock() {
    return this.fixture.clock;
  }

  eventually(condition: () => boolean, timeoutMs: number, what: string): Promise<void> {
    return this.fixture.eventually(condition, timeoutMs, what);
  }

  /** Lets time pass until `promise` has settled, which clocks that stand still would never see. */
  async done(promise: Promise<void>): Promise<void> {
    let isSettled = false;
    const settle = () => {
      isSettled = true;
    };
    promise.then(settle, settle);
    await this.eventually(() => isSettled, 30_000, "settled");
    await promise;
  }

  closeAtEnd(store: { close(): void }): void {
    this.#closers.push(() => store.close());
  }

  async node(): Promise<TestNode> {
    const link = await this.fixture.link();
    const registry = new StoreRegistry(link.store, this.clock, () => 0.5);
    this.#closers.push(() => registry.abandon());
    return { ...link, registry };
  }
}
