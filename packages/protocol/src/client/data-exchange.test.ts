import assert from "node:assert/strict";
import { test } from "node:test";
import { parseClientDataMessage, serializeDataMessage } from "../data-message.js";
import { type ErrorCode, SluiceError } from "../error-code.js";
import { MAX_DATA_BYTES, MAX_DATA_PAYLOAD_BYTES, MAX_LOSSY_PAYLOAD_BYTES } from "../limits.js";
import { settle, VirtualScheduler } from "../testing/virtual-scheduler.js";
import { DATA_BUFFER_BYTES, type DataChannelPort } from "./data-channel-port.js";
import { DataExchange } from "./data-exchange.js";

/** A channel that keeps what it is given; `waiting` of its bytes are not sent yet. */
class MemoryChannel implements DataChannelPort {
  readonly sent: Uint8Array[] = [];
  bufferedAmount = 0;
  isOpen = true;

  send(bytes: Uint8Array<ArrayBuffer>): void {
    if (!this.isOpen) throw new Error("InvalidStateError");
    this.sent.push(bytes);
    this.bufferedAmount += bytes.length;
  }

  texts(): string[] {
    return this.sent.map((bytes) => Buffer.from(parseClientDataMessage(bytes)?.payload ?? []).toString());
  }
}

function createExchange() {
  const scheduler = new VirtualScheduler();
  const heard: string[] = [];
  const requests: { readonly text: string; readonly answer: () => void; readonly refuse: (error: SluiceError) => void }[] = [];
  const exchange = new DataExchange({
    scheduler,
    encodeBase64: (bytes) => Buffer.from(bytes).toString("base64"),
    decodeBase64: (text) => Buffer.from(text, "base64"),
    handleData: ({ from, topic, data }) => heard.push(`${from} ${topic} ${Buffer.from(data)}`),
    link: {
      request: (_, { data }) =>
        new Promise((resolve, reject) => {
          requests.push({ text: Buffer.from(data, "base64").toString(), answer: () => resolve({}), refuse: reject });
        }),
    },
  });
  return { exchange, scheduler, heard, requests, texts: () => requests.map(({ text }) => text) };
}

const bytes = (text: string) => new TextEncoder().encode(text);
const isRefused = (code: ErrorCode) => (error: unknown) => error instanceof SluiceError && error.code === code;

test("without a channel messages go by signaling, in order; with one they go there, when every request is answered", async () => {
  const { exchange, requests, texts } = createExchange();
  const first = exchange.send(bytes("1"));
  const second = exchange.send(bytes("2"), { topic: "t" });
  const channel = new MemoryChannel();
  exchange.listen().handleOpen("reliable", channel);
  const third = exchange.send(bytes("3"), { to: ["PA_1"], topic: "t" });
  await settle();
  assert.deepEqual([texts(), channel.texts()], [["1", "2"], []]);
  requests[0]?.answer();
  await settle();
  assert.deepEqual(channel.texts(), []);
  requests[1]?.answer();
  await Promise.all([first, second, third]);
  assert.deepEqual(channel.texts(), ["3"]);
  assert.deepEqual(parseClientDataMessage(channel.sent[0] ?? bytes(""))?.header, { topic: "t", to: ["PA_1"] });
});

test("a door without signaling for data: messages wait for a channel, and have that door's format", async () => {
  const heard: string[] = [];
  const exchange = new DataExchange({
    link: undefined,
    format: {
      serialize: (_, payload, kind) => bytes(`${kind} ${Buffer.from(payload)}`),
      parse: (frame) => ({ header: { from: "PA_1" }, payload: frame }),
    },
    scheduler: new VirtualScheduler(),
    encodeBase64: () => "",
    decodeBase64: () => undefined,
    handleData: ({ from, data }) => heard.push(`${from} ${Buffer.from(data)}`),
  });
  const waiting = exchange.send(bytes("1"));
  const [listener, reliable, lossy] = [exchange.listen(), new MemoryChannel(), new MemoryChannel()];
  listener.handleOpen("reliable", reliable);
  listener.handleOpen("lossy", lossy);
  await Promise.all([waiting, exchange.send(bytes("2"), { reliable: false })]);
  const texts = [...reliable.sent, ...lossy.sent].map((frame) => Buffer.from(frame).toString());
  assert.deepEqual(texts, ["reliable 1", "lossy 2"]);
  listener.handleMessage(bytes("3"));
  assert.deepEqual(heard, ["PA_1 3"]);
});

test("what the server refuses is told, and what comes after it is sent all the same", async () => {
  const { exchange, requests } = createExchange();
  const refused = exchange.send(bytes("1"));
  const channel = new MemoryChannel();
  exchange.listen().handleOpen("reliable", channel);
  const next = exchange.send(bytes("2"));
  requests[0]?.refuse(new SluiceError("permissionDenied", "no"));
  await assert.rejects(refused, isRefused("permissionDenied"));
  await next;
  assert.deepEqual(channel.texts(), ["2"]);
});

test("a full channel holds the promises back, and the messages after it", async () => {
  const { exchange } = createExchange();
  const listener = exchange.listen();
  const channel = new MemoryChannel();
  listener.handleOpen("reliable", channel);
  const settled: string[] = [];
  const send = (name: string, size: number) => exchange.send(new Uint8Array(size)).then(() => settled.push(name));
  const sent = [send("a", 200_000), send("b", 200_000), send("c", 200_000), send("d", 200_000)];
  await settle();
  assert.deepEqual([settled, channel.sent.length], [["a", "b"], 3], "c has filled it, d is not in it yet");
  channel.bufferedAmount = DATA_BUFFER_BYTES;
  listener.handleDrained("reliable");
  await settle();
  assert.deepEqual([settled, channel.sent.length], [["a", "b", "c"], 4]);
  channel.bufferedAmount = 0;
  listener.handleDrained("reliable");
  await Promise.all(sent);
});

test("a sender that waits for nothing is refused before it fills the memory", async () => {
  const { exchange } = createExchange();
  const results = Array.from({ length: 100 }, () => exchange.send(new Uint8Array(MAX_DATA_PAYLOAD_BYTES)));
  await assert.rejects(results[99] ?? Promise.resolve(), isRefused("resourceExhausted"));
  exchange.close(new SluiceError("unavailable", "left"));
  const outcomes = await Promise.allSettled(results);
  assert.ok(outcomes.every(({ status }) => status === "rejected"));
});

test("a message too large for signaling waits for a channel, and those behind it wait with it", async () => {
  const { exchange, scheduler, texts } = createExchange();
  const listener = exchange.listen();
  const large = exchange.send(new Uint8Array(MAX_DATA_BYTES + 1));
  const small = exchange.send(bytes("small"));
  await scheduler.advance(9_000);
  assert.deepEqual(texts(), []);
  const channel = new MemoryChannel();
  listener.handleOpen("reliable", channel);
  await Promise.all([large, small]);
  assert.equal(channel.texts()[1], "small");
  listener.handleClose("reliable");
  const late = assert.rejects(exchange.send(new Uint8Array(MAX_DATA_BYTES + 1)), isRefused("unavailable"));
  const behind = exchange.send(bytes("behind"));
  await scheduler.advance(10_000);
  await late;
  assert.deepEqual(texts(), ["behind"]);
  exchange.close(new SluiceError("unavailable", "left"));
  await Promise.race([behind, settle()]);
});

test("what a lost channel held may be lost; what waited before it goes another way", async () => {
  const { exchange, texts } = createExchange();
  const listener = exchange.listen();
  const channel = new MemoryChannel();
  channel.bufferedAmount = DATA_BUFFER_BYTES;
  listener.handleOpen("reliable", channel);
  const held = assert.rejects(exchange.send(bytes("held")), isRefused("unavailable"));
  void exchange.send(bytes("waiting"));
  listener.handleClose("reliable");
  await held;
  assert.deepEqual([channel.texts(), texts()], [["held"], ["waiting"]]);
});

test("the channels of a connection before this one are over", async () => {
  const { exchange, heard, texts } = createExchange();
  const old = exchange.listen();
  const channel = new MemoryChannel();
  old.handleOpen("reliable", channel);
  const listener = exchange.listen();
  void exchange.send(bytes("1"));
  assert.deepEqual([channel.sent, texts()], [[], ["1"]]);
  old.handleOpen("lossy", channel);
  old.handleMessage(serializeDataMessage({ from: "PA_1" }, bytes("late")));
  listener.handleMessage(serializeDataMessage({ from: "PA_1", topic: "t" }, bytes("now")));
  listener.handleMessage(bytes("nonsense"));
  exchange.handleNotification({ from: "PA_2", topic: "", data: "aGk=" });
  assert.deepEqual(heard, ["PA_1 t now", "PA_2  hi"]);
});

test("lossy messages go at once, by signaling while there is no channel, and not at all when the path is full", async () => {
  const { exchange, texts } = createExchange();
  void exchange.send(bytes("1"), { reliable: false });
  assert.deepEqual(texts(), ["1"]);
  const channel = new MemoryChannel();
  exchange.listen().handleOpen("lossy", channel);
  await exchange.send(bytes("2"), { reliable: false });
  channel.bufferedAmount = 100_000;
  await exchange.send(bytes("3"), { reliable: false });
  channel.bufferedAmount = 0;
  channel.isOpen = false;
  await exchange.send(bytes("4"), { reliable: false });
  assert.deepEqual(channel.texts(), ["2"]);
});

test("what is too long is refused at once", async () => {
  const { exchange } = createExchange();
  const refused = [
    exchange.send(new Uint8Array(MAX_DATA_PAYLOAD_BYTES + 1)),
    exchange.send(new Uint8Array(MAX_LOSSY_PAYLOAD_BYTES + 1), { reliable: false }),
    exchange.send(new Uint8Array(1), { topic: "t".repeat(129) }),
    exchange.send(new Uint8Array(1), { to: Array(1_001).fill("PA_1") }),
    exchange.send(new Uint8Array(MAX_DATA_PAYLOAD_BYTES), { to: Array(500).fill("PA_123456789") }),
  ];
  for (const each of refused) await assert.rejects(each, isRefused("invalidArgument"));
});

test("the bytes may be used again at once", async () => {
  const { exchange } = createExchange();
  const listener = exchange.listen();
  const channel = new MemoryChannel();
  channel.bufferedAmount = DATA_BUFFER_BYTES + 1;
  listener.handleOpen("reliable", channel);
  const payload = bytes("before");
  const sent = exchange.send(payload);
  payload.fill(0);
  channel.bufferedAmount = 0;
  listener.handleDrained("reliable");
  await sent;
  assert.deepEqual(channel.texts(), ["before"]);
});
