import assert from "node:assert/strict";
import { test } from "node:test";
import { createDtlsPort, createPortableCrypto } from "@sluice/native";
import { Link, type LinkParameters } from "@sluice/netem";
import { VirtualEndpoint, type VirtualPlatform } from "../testing/virtual-endpoint.js";
import { VirtualNetwork } from "../testing/virtual-network.js";
import { instant } from "../time/instant.js";
import type { DataRates } from "./data-pace.js";
import type { MediaEvent, RemoteTransportParameters } from "./parameters.js";

const PLATFORM: VirtualPlatform = {
  createCrypto: (memory) => createPortableCrypto(memory),
  createDtls: () => createDtlsPort({ clock: "virtual" }),
};
const SCTP = { port: 5000, maxMessageBytes: 262_144 } as const;
const RELIABLE = { label: "reliable", isOrdered: true } as const;
const LOSSY = { label: "lossy", isOrdered: false, maxRetransmits: 0 } as const;

const credentials = (name: string) => ({ ufrag: name.padEnd(4, "0"), pwd: `${name}0PasswordOf24Characters`.padEnd(24, "0") });
const bytesOf = (text: string) => new TextEncoder().encode(text);

type DataEvent = Extract<MediaEvent, { readonly type: "dataChannelOpened" | "dataChannelClosed" | "dataMessage" }>;

function isData(event: MediaEvent): event is DataEvent {
  return event.type === "dataChannelOpened" || event.type === "dataChannelClosed" || event.type === "dataMessage";
}

/** Alice and Bob, each with a Transport at one node. Every side's data events as "label: text" or "type label". */
function openCall(
  options: {
    link?: Partial<LinkParameters>;
    seed?: number;
    hasSctp?: boolean;
    dataCreditBytes?: number;
    dataRates?: DataRates;
  } = {},
) {
  const { link = { delayMs: 15 }, seed = 1, hasSctp = true, dataCreditBytes, dataRates } = options;
  const create = (host: number) =>
    new VirtualEndpoint(
      PLATFORM,
      { family: "IPv4", ip: `192.0.2.${host}`, port: 5000 },
      4096,
      host === 1 ? { dataCreditBytes, dataRates } : {},
    );
  const [node, alice, bob] = [create(1), create(2), create(3)];
  const network = new VirtualNetwork(instant(1_000_000));
  for (const { port, core } of [node, alice, bob]) network.attach(port, core);
  const links: Link[] = [];
  const { now } = network;
  node.core.openRouter("room");
  const descriptions = new Map<string, [RemoteTransportParameters, RemoteTransportParameters]>();
  for (const [name, peer] of [
    ["alice", alice],
    ["bob", bob],
  ] as const) {
    for (const [from, to] of [
      [peer, node],
      [node, peer],
    ] as const) {
      const direction = new Link(seed * 10 + links.length, link);
      links.push(direction);
      network.connect(from.port, to.port, direction);
    }
    const [local, remote] = [credentials(name), credentials(`n${name}`)];
    node.core.openTransport("room", name, { iceRole: "lite", localIce: remote }, now);
    peer.core.openRouter("client");
    peer.core.openTransport("client", "node", { iceRole: "controlling", localIce: local }, now);
    const sctp = hasSctp ? { sctp: SCTP } : {};
    const toNode = { ...peer.describe(local, "server"), ...sctp };
    const toPeer = { ...node.describe(remote, "client"), ...sctp };
    descriptions.set(name, [toNode, toPeer]);
    node.core.connectTransport(name, toNode, now);
    peer.core.connectTransport("node", toPeer, now);
  }
  const events = new Map([node, alice, bob].map((endpoint) => [endpoint, [] as DataEvent[]]));
  const dropped: Extract<MediaEvent, { readonly type: "dataDropped" }>[] = [];
  const collect = () => {
    for (const [{ core }, list] of events) {
      for (let event = core.pollEvent(); event !== undefined; event = core.pollEvent()) {
        if (isData(event)) list.push(event);
        else if (event.type === "dataDropped") dropped.push(event);
      }
    }
  };
  const run = (ms: number, isDone: () => boolean = () => false) => {
    const wasDone = network.run(ms, isDone, collect);
    collect();
    return wasDone;
  };
  const textsOf = (endpoint: VirtualEndpoint) =>
    (events.get(endpoint) ?? []).map((event) =>
      event.type === "dataMessage"
        ? `${event.transportId} ${event.label}: ${new TextDecoder().decode(event.payload)}`
        : `${event.transportId} ${event.label} ${event.type === "dataChannelOpened" ? "opened" : "closed"}`,
    );
  const setLinks = (parameters: Partial<LinkParameters>) => {
    for (const direction of links) direction.setParameters(parameters);
  };
  const isConnected = () => [...node.core.transports.values()].every(({ state }) => state.type === "connected");
  const connect = () => assert.ok(run(20_000, isConnected));
  return { node, alice, bob, network, events, dropped, run, textsOf, setLinks, connect, descriptions };
}

test("a channel opened by the peer and one opened by the node carry messages both ways", () => {
  const { node, alice, network, run, textsOf, connect, events } = openCall();
  connect();
  alice.core.openDataChannel("node", RELIABLE, network.now);
  node.core.openDataChannel("alice", LOSSY, network.now);
  run(500);
  const opened = events.get(alice)?.find((event) => event.type === "dataChannelOpened" && event.label === "lossy");
  assert.deepEqual(opened, { type: "dataChannelOpened", transportId: "node", ...LOSSY });
  for (const label of ["reliable", "lossy"]) {
    alice.core.sendData(["node"], label, false, bytesOf("from alice"), network.now);
    node.core.sendData(["alice"], label, true, bytesOf("from the node"), network.now);
  }
  run(500);
  assert.deepEqual(textsOf(node).sort(), [
    "alice lossy opened",
    "alice lossy: from alice",
    "alice reliable opened",
    "alice reliable: from alice",
  ]);
  assert.deepEqual(textsOf(alice).sort(), [
    "node lossy opened",
    "node lossy: from the node",
    "node reliable opened",
    "node reliable: from the node",
  ]);
});

test("through a node at 10 % loss: reliable messages all arrive, lossy ones mostly, to everybody that has the channel", () => {
  for (const seed of [1, 2, 3]) {
    const call = openCall({ seed, link: { delayMs: 15, loss: { kind: "uniform", probability: 0.1 } } });
    const { node, alice, bob, network, run, textsOf, connect } = call;
    connect();
    for (const parameters of [RELIABLE, LOSSY]) {
      alice.core.openDataChannel("node", parameters, network.now);
      node.core.openDataChannel("bob", parameters, network.now);
    }
    assert.ok(run(10_000, () => textsOf(node).length === 4));
    let forwarded = 0;
    const forward = () => {
      for (const event of call.events.get(node)?.slice(forwarded) ?? []) {
        forwarded++;
        if (event.type !== "dataMessage") continue;
        node.core.sendData(["bob"], event.label, event.isBinary, event.payload, network.now);
      }
    };
    for (let index = 0; index < 200; index++) {
      for (const { label } of [RELIABLE, LOSSY]) alice.core.sendData(["node"], label, false, bytesOf(`${index}`), network.now);
      run(10);
      forward();
    }
    for (let step = 0; step < 200; step++) {
      run(50);
      forward();
    }
    const arrived = (label: string) => textsOf(bob).filter((text) => text.startsWith(`node ${label}: `));
    assert.deepEqual(
      arrived("reliable"),
      Array.from({ length: 200 }, (_, index) => `node reliable: ${index}`),
    );
    assert.ok(arrived("lossy").length > 130 && arrived("lossy").length < 190, `seed ${seed}: ${arrived("lossy").length}`);
  }
});

test("openDataChannel is idempotent by label, whoever was first, and both at once are one", () => {
  const { node, alice, network, run, textsOf, connect } = openCall();
  connect();
  alice.core.openDataChannel("node", RELIABLE, network.now);
  run(500);
  node.core.openDataChannel("alice", RELIABLE, network.now);
  node.core.openDataChannel("alice", RELIABLE, network.now);
  alice.core.openDataChannel("node", LOSSY, network.now);
  node.core.openDataChannel("alice", LOSSY, network.now);
  run(500);
  node.core.sendData(["alice"], "lossy", false, bytesOf("a"), network.now);
  alice.core.sendData(["node"], "lossy", false, bytesOf("b"), network.now);
  run(500);
  assert.deepEqual(textsOf(node), ["alice reliable opened", "alice lossy opened", "alice lossy: b"]);
  assert.deepEqual(textsOf(alice), ["node reliable opened", "node lossy opened", "node lossy: a"]);
});

test("an application section that comes with a later description", () => {
  const { node, alice, network, run, textsOf, connect, descriptions } = openCall({ hasSctp: false });
  connect();
  assert.throws(() => node.core.openDataChannel("alice", RELIABLE, network.now), { name: "MediaCommandError" });
  node.core.sendData(["alice", "nobody"], "reliable", false, bytesOf("early"), network.now);
  assert.equal(node.core.drops.dataNoChannel, 2);
  const [toNode, toPeer] = descriptions.get("alice") ?? [];
  assert.ok(toNode !== undefined && toPeer !== undefined);
  node.core.connectTransport("alice", { ...toNode, sctp: SCTP }, network.now);
  run(100);
  alice.core.connectTransport("node", { ...toPeer, sctp: SCTP }, network.now);
  alice.core.openDataChannel("node", RELIABLE, network.now);
  alice.core.sendData(["node"], "reliable", false, bytesOf("late"), network.now);
  run(3000);
  assert.deepEqual(textsOf(node), ["alice reliable opened", "alice reliable: late"]);
});

test("what is opened and sent before the peer is connected arrives when it is", () => {
  const { node, network, run, textsOf, alice } = openCall();
  node.core.openDataChannel("alice", RELIABLE, network.now);
  node.core.sendData(["alice"], "reliable", false, bytesOf("early"), network.now);
  run(5000);
  assert.deepEqual(textsOf(alice), ["node reliable opened", "node reliable: early"]);
});

test("messages of 256 KiB arrive; longer ones, and longer ones than the peer takes, are counted", () => {
  const { node, alice, network, run, connect, events, descriptions } = openCall();
  connect();
  node.core.openDataChannel("alice", RELIABLE, network.now);
  const payload = Uint8Array.from({ length: 262_144 }, (_, index) => index * 7);
  node.core.sendData(["alice"], "reliable", true, payload, network.now);
  node.core.sendData(["alice"], "reliable", true, new Uint8Array(262_145), network.now);
  assert.equal(node.core.drops.dataBufferFull, 1);
  run(5000);
  const message = events.get(alice)?.find((event) => event.type === "dataMessage");
  assert.ok(message?.type === "dataMessage");
  assert.deepEqual(message.payload, payload);
  const [toNode] = descriptions.get("alice") ?? [];
  assert.ok(toNode !== undefined);
  node.core.connectTransport("alice", { ...toNode, sctp: { port: 5000, maxMessageBytes: 1000 } }, network.now);
  node.core.sendData(["alice"], "reliable", true, new Uint8Array(1001), network.now);
  assert.equal(node.core.drops.dataBufferFull, 2);
});

test("[A21] a peer that is gone costs a bounded buffer, and nobody else notices", () => {
  const { node, bob, network, run, connect, textsOf } = openCall();
  connect();
  for (const transportId of ["alice", "bob"]) node.core.openDataChannel(transportId, RELIABLE, network.now);
  run(500);
  const bobsMessages = () => textsOf(bob).filter((text) => text.startsWith("node reliable: ")).length;
  node.core.transport("alice").outlet.address = -1;
  for (let index = 0; index < 200; index++) {
    node.core.sendData(["alice", "bob"], "reliable", true, new Uint8Array(40_000), network.now);
    run(100);
  }
  assert.equal(bobsMessages(), 200);
  assert.ok(node.core.drops.dataBufferFull >= 95, `${node.core.drops.dataBufferFull}`);
});

test("while the owner has no credit left, senders wait, and nothing is lost", () => {
  const { node, alice, network, run, connect, events, textsOf } = openCall({ dataCreditBytes: 100_000 });
  connect();
  alice.core.openDataChannel("node", RELIABLE, network.now);
  run(500);
  const messages = () => textsOf(node).length - 1;
  let sent = 0;
  for (let step = 0; step < 300; step++) {
    const { dataBufferFull } = alice.core.drops;
    alice.core.sendData(["node"], "reliable", true, new Uint8Array(20_000), network.now);
    if (alice.core.drops.dataBufferFull === dataBufferFull) sent++;
    run(100);
  }
  assert.equal(messages(), 5);
  // A megabyte at the node, four at the sender.
  assert.ok(sent > 240 && sent < 270, `${sent} were taken`);
  for (let restored = 0; restored < sent; restored++) {
    assert.ok(run(10_000, () => messages() > restored));
    assert.ok(messages() <= restored + 5);
    node.core.restoreDataCredit(20_000, network.now);
  }
  assert.equal(events.get(node)?.filter(({ type }) => type === "dataMessage").length, sent);
});

test("a fast sender is slowed to its rate and loses nothing, reliable or not", () => {
  const { node, alice, network, run, connect, textsOf } = openCall({
    dataRates: { messagesPerSecond: 100, bytesPerSecond: 1_000_000 },
  });
  connect();
  for (const parameters of [RELIABLE, LOSSY]) alice.core.openDataChannel("node", parameters, network.now);
  run(500);
  const messages = () => textsOf(node).filter((text) => text.includes(": ")).length;
  for (let index = 0; index < 500; index++) {
    alice.core.sendData(["node"], index % 2 === 0 ? "reliable" : "lossy", true, bytesOf(String(index)), network.now);
  }
  run(1_000);
  assert.ok(messages() >= 120 && messages() <= 130, `${messages()} in the first second`);
  run(2_000);
  assert.ok(messages() >= 320 && messages() <= 335, `${messages()} in three seconds`);
  assert.ok(run(3_000, () => messages() === 500));
});

test("who drops messages is told, at once and then once a second at most", () => {
  const { node, network, run, connect, dropped } = openCall();
  connect();
  node.core.openDataChannel("alice", RELIABLE, network.now);
  run(500);
  node.core.transport("alice").outlet.address = -1;
  for (let index = 0; index < 200; index++) {
    node.core.sendData(["alice"], "reliable", true, new Uint8Array(40_000), network.now);
    run(100);
  }
  const { dataBufferFull } = node.core.drops;
  const reports = dropped.map(({ messages }) => messages);
  assert.equal(reports[0], 1);
  assert.ok(reports.length >= 9 && reports.length <= 12, `${reports.length} reports of ${dataBufferFull}`);
  const told = reports.reduce((sum, messages) => sum + messages, 0);
  assert.ok(told > dataBufferFull - 10 && told <= dataBufferFull);
});

test("closing a Transport closes its channels on both sides", () => {
  const { node, alice, network, run, connect, textsOf } = openCall();
  connect();
  node.core.openDataChannel("alice", RELIABLE, network.now);
  run(500);
  node.core.closeTransport("alice");
  run(500);
  assert.equal(textsOf(node).at(-1), "alice reliable closed");
  assert.equal(textsOf(alice).at(-1), "node reliable closed");
  assert.equal(alice.core.transport("node").state.type, "closed");
});

test("drops by name, those of SCTP among them", () => {
  const { node } = openCall();
  node.core.drops.sctp.malformed = 3;
  const record = node.core.drops.toRecord();
  assert.equal(record["sctp.malformed"], 3);
  assert.ok(Object.values(record).every((count) => typeof count === "number"));
});
