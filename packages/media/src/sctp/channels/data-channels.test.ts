import assert from "node:assert/strict";
import { test } from "node:test";
import type { LinkParameters } from "@sluice/netem";
import { AssociationPair, bytesOf } from "../association-pair.test.js";
import type { SctpConstants } from "../sctp-constants.js";
import { type DataChannelEvent, DataChannels, MAX_DATA_CHANNELS } from "./data-channels.js";
import { serializeDcep } from "./dcep-message.js";

const DCEP = 50;
const RELIABLE = { isOrdered: true } as const;

/** Channels on both ends of a pair; the left one is the DTLS client. */
function openChannels(link: Partial<LinkParameters> = { delayMs: 20 }, constants: Partial<SctpConstants> = {}) {
  const pair = new AssociationPair({ seed: 3, link, constants });
  const side = (end: typeof pair.left, role: "client" | "server") => {
    const channels = new DataChannels(end.association, role);
    const events: DataChannelEvent[] = [];
    end.isReading = false;
    return { association: end.association, channels, events };
  };
  const left = side(pair.left, "client");
  const right = side(pair.right, "server");
  const drain = () => {
    for (const { channels, events } of [left, right]) {
      for (let event = channels.pollEvent(pair.now); event !== undefined; event = channels.pollEvent(pair.now))
        events.push(event);
    }
  };
  const run = (ms: number) => {
    for (let step = 0; step < ms; step += 5) {
      pair.run(5, () => {
        drain();
        return false;
      });
    }
    drain();
  };
  return { pair, left, right, run };
}

function typesOf(events: readonly DataChannelEvent[]): string[] {
  return events.map((event) => (event.type === "message" ? new TextDecoder().decode(event.payload) : event.type));
}

test("[RFC8832 §6] each side opens channels of its own parity, and both carry messages", () => {
  const { pair, left, right, run } = openChannels();
  pair.connect();
  const mine = left.channels.open({ label: "from the left", isOrdered: true }, pair.now) ?? -1;
  const yours = right.channels.open({ label: "from the right", isOrdered: false, maxRetransmits: 0 }, pair.now) ?? -1;
  assert.equal(mine, 0);
  assert.equal(yours, 1);
  run(200);
  assert.deepEqual(left.events, [
    { type: "connected" },
    {
      type: "opened",
      channelId: 1,
      parameters: { type: "open", label: "from the right", protocol: "", isOrdered: false, maxRetransmits: 0 },
    },
    { type: "opened", channelId: 0, parameters: { type: "open", label: "from the left", protocol: "", isOrdered: true } },
  ]);
  left.events.length = 0;
  right.events.length = 0;
  assert.ok(left.channels.send(mine, bytesOf("hello"), false, pair.now));
  assert.ok(left.channels.send(yours, bytesOf("lossy"), true, pair.now));
  assert.ok(right.channels.send(mine, bytesOf("back"), true, pair.now));
  run(200);
  assert.deepEqual(right.events, [
    { type: "message", channelId: 0, isBinary: false, payload: bytesOf("hello") },
    { type: "message", channelId: 1, isBinary: true, payload: bytesOf("lossy") },
  ]);
  assert.deepEqual(left.events, [{ type: "message", channelId: 0, isBinary: true, payload: bytesOf("back") }]);
});

test("a channel may be opened, written to and read before there is a connection", () => {
  const { pair, left, right, run } = openChannels();
  const channelId = left.channels.open({ label: "early", isOrdered: false, maxRetransmits: 0 }, pair.now) ?? -1;
  for (let index = 0; index < 5; index++) assert.ok(left.channels.send(channelId, bytesOf(`${index}`), false, pair.now));
  assert.equal(left.channels.bufferedBytes(channelId) > 0, true);
  left.association.connect(pair.now);
  run(500);
  // [RFC8832 §6] In order until the peer knows the channel, so that OPEN comes first.
  assert.deepEqual(typesOf(right.events), ["connected", "opened", "0", "1", "2", "3", "4"]);
  assert.equal(left.channels.bufferedBytes(channelId), 0);
});

test("[RFC8831 §6.6] empty messages arrive empty", () => {
  const { pair, left, right, run } = openChannels();
  pair.connect();
  const channelId = left.channels.open({ label: "a", isOrdered: true }, pair.now) ?? -1;
  left.channels.send(channelId, new Uint8Array(), false, pair.now);
  left.channels.send(channelId, new Uint8Array(), true, pair.now);
  run(200);
  assert.deepEqual(right.events.slice(2), [
    { type: "message", channelId, isBinary: false, payload: new Uint8Array() },
    { type: "message", channelId, isBinary: true, payload: new Uint8Array() },
  ]);
});

test("[RFC8831 §6.7] closing: everything before it arrives, both sides are told, the id can be used again", () => {
  const { pair, left, right, run } = openChannels({ delayMs: 20, loss: { kind: "uniform", probability: 0.1 } });
  pair.connect();
  for (let round = 0; round < 10; round++) {
    left.events.length = 0;
    right.events.length = 0;
    const channelId = left.channels.open({ label: `${round}`, isOrdered: true }, pair.now);
    assert.equal(channelId, 0);
    for (let index = 0; index < 20; index++) left.channels.send(0, new Uint8Array(1000), true, pair.now);
    left.channels.close(0);
    assert.equal(left.channels.send(0, bytesOf("no"), false, pair.now), false);
    run(8000);
    const types = typesOf(right.events).filter((type) => type !== "connected");
    assert.equal(types.length, 22, `round ${round}: ${types.length}`);
    assert.equal(types[0], "opened");
    assert.equal(types.at(-1), "closed");
    assert.equal(typesOf(left.events).at(-1), "closed");
    assert.equal(left.channels.size + right.channels.size, 0);
  }
});

test("both close at once", () => {
  const { pair, left, right, run } = openChannels();
  pair.connect();
  left.channels.open({ label: "a", isOrdered: true }, pair.now);
  run(200);
  left.channels.close(0);
  right.channels.close(0);
  run(2000);
  assert.equal(typesOf(left.events).at(-1), "closed");
  assert.equal(typesOf(right.events).at(-1), "closed");
  assert.equal(left.channels.size + right.channels.size, 0);
});

test("[A21] an id is used again while the word of its reset is still under way", () => {
  const { pair, left, right, run } = openChannels();
  pair.connect();
  left.channels.open({ label: "first", isOrdered: true }, pair.now);
  run(200);
  // The right side never hears that its own stream was reset, nor anything else, until the new channel is open.
  pair.left.filter = (packet) =>
    !packet.chunks.some((chunk) => chunk.type === "reConfig" && chunk.parameters.some(({ type }) => type === "response"));
  left.channels.close(0);
  run(300);
  assert.equal(left.channels.size, 0);
  assert.equal(right.channels.size, 1);
  for (let index = 0; index < 3; index++) {
    if (index === 0) assert.equal(left.channels.open({ label: "second", isOrdered: true }, pair.now), 0);
    left.channels.send(0, bytesOf(`${index}`), false, pair.now);
    right.channels.send(0, bytesOf(`back ${index}`), false, pair.now);
    run(100);
  }
  pair.left.filter = undefined;
  run(3000);
  right.channels.send(0, bytesOf("later"), false, pair.now);
  left.channels.send(0, bytesOf("later"), false, pair.now);
  run(1000);
  assert.deepEqual(typesOf(right.events).slice(2), ["closed", "opened", "0", "1", "2", "later"]);
  assert.deepEqual(typesOf(left.events).slice(2), ["closed", "opened", "back 1", "back 2", "later"]);
});

test("[A21] an OPEN on a channel that is open, or with our parity, is refused and ends nothing", () => {
  const { pair, left, right, run } = openChannels();
  pair.connect();
  left.channels.open({ label: "a", isOrdered: true }, pair.now);
  run(200);
  const open = serializeDcep({ type: "open", label: "again", protocol: "", isOrdered: true });
  for (let index = 0; index < 50; index++) {
    left.association.send(0, DCEP, open, RELIABLE, pair.now);
    left.association.send(1 + 2 * index, DCEP, open, RELIABLE, pair.now);
  }
  run(3000);
  assert.equal(right.association.counters.refusedChannel, 100);
  assert.equal(right.channels.size, 1);
  left.channels.send(0, bytesOf("still here"), false, pair.now);
  run(200);
  assert.deepEqual(typesOf(right.events), ["connected", "opened", "still here"]);
});

test("[A21] a DCEP message that does not parse is refused and counted", () => {
  const { pair, left, right, run } = openChannels();
  pair.connect();
  const lying = serializeDcep({ type: "open", label: "label", protocol: "", isOrdered: true });
  new DataView(lying.buffer).setUint16(8, 60_000);
  for (const payload of [lying, new Uint8Array([3]), new Uint8Array([99]), new Uint8Array([2])]) {
    left.association.send(0, DCEP, payload, RELIABLE, pair.now);
  }
  run(500);
  assert.equal(right.association.counters.refusedChannel, 4);
  assert.equal(right.channels.size, 0);
  assert.equal(right.association.state, "established");
});

test("only so many channels are open at a time, ours and the peer's together", () => {
  const { pair, left, right, run } = openChannels();
  pair.connect();
  const open = serializeDcep({ type: "open", label: "x", protocol: "", isOrdered: true });
  for (let index = 0; index < MAX_DATA_CHANNELS + 10; index++) left.association.send(2 * index, DCEP, open, RELIABLE, pair.now);
  run(1000);
  assert.equal(right.channels.size, MAX_DATA_CHANNELS);
  assert.equal(right.association.counters.refusedChannel, 10);
  assert.equal(right.channels.open({ label: "one more", isOrdered: true }, pair.now), undefined);
});

test("messages on no channel and of unknown protocols are dropped and counted", () => {
  const { pair, left, right, run } = openChannels();
  pair.connect();
  left.channels.open({ label: "a", isOrdered: true }, pair.now);
  left.association.send(8, 53, bytesOf("x"), RELIABLE, pair.now);
  for (const ppid of [0, 52, 54, 55, 58]) left.association.send(0, ppid, bytesOf("x"), RELIABLE, pair.now);
  run(500);
  assert.equal(right.association.counters.strayMessage, 6);
  assert.deepEqual(typesOf(right.events), ["connected", "opened"]);
});

test("a reader that is too slow: reliable messages are refused, of lossy ones the oldest are given up", () => {
  const { pair, left, right, run } = openChannels();
  pair.connect();
  const reliable = left.channels.open({ label: "reliable", isOrdered: true }, pair.now) ?? -1;
  const lossy = left.channels.open({ label: "lossy", isOrdered: false, maxRetransmits: 0 }, pair.now) ?? -1;
  run(500);
  pair.setLinks({ loss: { kind: "uniform", probability: 1 } });
  let taken = 0;
  while (left.channels.send(reliable, new Uint8Array(10_000), true, pair.now)) taken++;
  assert.ok(taken > 100 && taken < 106, `${taken}`);
  for (let index = 0; index < 1000; index++) {
    assert.ok(left.channels.send(lossy, bytesOf(`${index}`.padEnd(1000)), false, pair.now));
  }
  assert.ok(left.association.heldBytes <= 1_048_576 + 327_680);
  assert.ok(left.association.counters.abandoned > 600);
  pair.setLinks({ loss: { kind: "none" } });
  run(10_000);
  const texts = right.events.flatMap((event) =>
    event.type === "message" && !event.isBinary ? [new TextDecoder().decode(event.payload).trim()] : [],
  );
  assert.equal(texts.at(-1), "999");
  assert.ok(texts.length < 400);
});

test("when the association ends all channels are closed", () => {
  const { pair, left, right, run } = openChannels();
  pair.connect();
  left.channels.open({ label: "a", isOrdered: true }, pair.now);
  left.channels.open({ label: "b", isOrdered: true }, pair.now);
  run(200);
  left.association.abort();
  run(200);
  assert.deepEqual(typesOf(right.events).slice(-3), ["closed", "closed", "failed"]);
  assert.equal(right.channels.open({ label: "c", isOrdered: true }, pair.now), undefined);
});
