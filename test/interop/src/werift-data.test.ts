/** werift as the other side of an association: an SCTP that shares no code with usrsctp, dcsctp or ours. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { RTCDataChannel } from "werift";
import { DataPeer } from "./harness/data-peer.js";
import { until } from "./harness/until.js";
import { LossyWire, WeriftDataPeer } from "./harness/werift-data-peer.js";

const TIMEOUT_MS = 20_000;

async function connect(lossRate: number, role: "controlling" | "controlled") {
  const wire = new LossyWire(5, lossRate);
  const ours: DataPeer = new DataPeer("client", (packet) => wire.send(packet, (data) => theirs.handlePacket(data)));
  const theirs = new WeriftDataPeer(role, (packet) => wire.send(packet, (data) => ours.handlePacket(data)));
  const opened: RTCDataChannel[] = [];
  const received = new Map<string, (string | Buffer)[]>();
  const listen = (channel: RTCDataChannel) => {
    opened.push(channel);
    const messages: (string | Buffer)[] = [];
    received.set(channel.label, messages);
    channel.onMessage.subscribe((message) => messages.push(message));
  };
  theirs.transport.onDataChannel.subscribe(listen);
  const starting = theirs.start();
  ours.connect();
  await starting;
  await until("association", TIMEOUT_MS, () => ours.association.state === "established");
  const close = async () => {
    ours.close();
    await theirs.stop();
  };
  return { ours, theirs, opened, received, listen, close };
}

for (const role of ["controlling", "controlled"] as const) {
  for (const lossRate of [0, 0.05]) {
    test(`werift (${role}) at ${lossRate * 100} % loss: channels of both sides carry text and bytes of all sizes in order`, async () => {
      const { ours, theirs, received, opened, listen, close } = await connect(lossRate, role);
      try {
        const mine = ours.open("mine");
        await until("our channel", TIMEOUT_MS, () => opened.length === 1);
        const theirChannel = theirs.open("theirs", 1);
        listen(theirChannel);
        await until("their channel", TIMEOUT_MS, () =>
          ours.events.some((event) => event.type === "opened" && event.channelId === 1),
        );

        const sizes = [0, 1, 3, 1160, 1161, 5000, 60_000, 200_000];
        const payloads = sizes.map((size) => Uint8Array.from({ length: size }, (_, index) => (index * 7 + size) & 0xff));
        for (const payload of payloads) {
          assert.ok(ours.send(mine, payload, true));
          // werift sends what is empty as one byte of binary nothing, which it must not.
          if (payload.length > 0) theirChannel.send(Buffer.from(payload));
        }
        assert.ok(ours.send(mine, new TextEncoder().encode("grüß dich"), false));
        theirChannel.send("grüß dich");

        const atWerift = await until("messages at werift", TIMEOUT_MS, () => {
          const messages = received.get("mine") ?? [];
          return messages.length === sizes.length + 1 && messages;
        });
        for (const [index, payload] of payloads.entries()) assert.deepEqual(new Uint8Array(atWerift[index] as Buffer), payload);
        assert.equal(atWerift.at(-1), "grüß dich");
        const here = await until("messages here", TIMEOUT_MS, () => {
          const messages = ours.messages(1);
          return messages.length === sizes.length && messages;
        });
        for (const [index, payload] of payloads.slice(1).entries()) assert.deepEqual(here[index], payload);
        assert.equal(new TextDecoder().decode(here.at(-1)), "grüß dich");
      } finally {
        await close();
      }
    });
  }
}

test("werift reads 2,000 messages at once in their order", async () => {
  const { ours, received, close } = await connect(0, "controlled");
  try {
    const mine = ours.open("mine");
    for (let index = 0; index < 2000; index++) assert.ok(ours.send(mine, new TextEncoder().encode(`${index}`), false));
    const messages = await until("messages", TIMEOUT_MS, () => {
      const all = received.get("mine") ?? [];
      return all.length === 2000 && all;
    });
    assert.deepEqual(
      messages,
      Array.from({ length: 2000 }, (_, index) => `${index}`),
    );
  } finally {
    await close();
  }
});

test("a channel that we close is closed at werift, and its id can be used again", async () => {
  const { ours, opened, received, close } = await connect(0, "controlled");
  try {
    for (let round = 0; round < 3; round++) {
      const label = `round ${round}`;
      const channelId = ours.open(label);
      assert.ok(ours.send(channelId, new TextEncoder().encode("hello"), false));
      await until("message", TIMEOUT_MS, () => received.get(label)?.length === 1);
      ours.channels.close(channelId);
      ours.drain();
      await until("closing", TIMEOUT_MS, () => ours.channels.size === 0 && opened.at(-1)?.readyState === "closed");
    }
    assert.equal(opened.length, 3);
  } finally {
    await close();
  }
});
