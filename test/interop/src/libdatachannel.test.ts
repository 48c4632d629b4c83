/** libdatachannel as the other side: an ICE, DTLS and SRTP implementation that shares no code with ours or with browsers. */
import assert from "node:assert/strict";
import { after, before, type TestContext, test } from "node:test";
import { Bots, receiving } from "./harness/bots.js";
import { ForkedPeer } from "./harness/forked-peer.js";
import type { LibdatachannelOptions, LibdatachannelPeer } from "./harness/libdatachannel-peer.js";
import type { RtpStreamLog } from "./harness/rtp-log.js";
import { TestNode } from "./harness/test-node.js";
import { until } from "./harness/until.js";

const MIN_PACKETS = 100;
/** A key frame for who was not ready for the first one, at most. */
const MAX_REPEATED = 30;

let node: TestNode;
const bots = new Bots();

before(async () => {
  node = await TestNode.start();
});

after(async () => {
  await bots.close();
  await node.close();
});

for (const codec of ["vp8", "h264"] as const) {
  test(`libdatachannel receives a bot's ${codec} and opus: every packet, under the SSRC of the answer`, async (t) => {
    const room = `libdatachannel-receives-${codec}`;
    const publisher = await bots.join(node, room, "publisher", { publish: [codec, "opus"], subscribe: false });
    const client = await join(t, room, { role: "receiver", codec });
    const { answer } = await client.call("offer");
    const sections = answer.tracks.map(({ mid, participantId }) => ({ mid, participantId }));
    assert.deepEqual(
      sections.sort((a, b) => a.mid.localeCompare(b.mid)),
      ["0", "1"].map((mid) => ({ mid, participantId: publisher.participantId })),
    );
    await client.call("accept", answer.sdp);

    let streams: RtpStreamLog[] = [];
    await until(
      "packets of both tracks",
      15_000,
      async () => {
        streams = await client.call("received");
        return streams.length >= 2 && streams.every(({ packets }) => packets >= MIN_PACKETS);
      },
      () => streams,
    );
    const announced = new Set([...answer.sdp.matchAll(/^a=ssrc:(\d+) /gm)].map(([, ssrc]) => Number(ssrc)));
    const unannounced = streams.filter(({ ssrc }) => !announced.has(ssrc));
    assert.deepEqual(unannounced, [], "SSRCs that the answer does not name");
    const missing = streams.map((stream) => [...stream.missing]);
    assert.deepEqual(missing, [[], []], "numbers that did not come");
    const repeated = streams.reduce((sum, stream) => sum + stream.repeated, 0);
    assert.ok(repeated <= MAX_REPEATED, `${repeated} packets came again`);
    const payloadTypes = streams.flatMap((stream) => [...stream.payloadTypes]);
    assert.deepEqual(payloadTypes.sort(), [111, 96], "payload types of the offer");
    await client.call("leave");
    await client.kill();
    await bots.leave(publisher);
    assert.deepEqual([...node.complaints, ...bots.complaints], []);
  });

  test(`what libdatachannel publishes in ${codec} and opus arrives at a bot without a loss`, async (t) => {
    const room = `libdatachannel-publishes-${codec}`;
    const client = await join(t, room, { role: "publisher", codec });
    const receiver = await bots.join(node, room, "receiver", { publish: [] });
    const { answer } = await client.call("offer");
    await client.call("accept", answer.sdp);
    const reports = await receiving(receiver, 2, 60);
    const losses = Object.fromEntries(reports.map((report) => [report.codec, report.lost]));
    assert.deepEqual(losses, { [codec.toUpperCase()]: 0, opus: 0 });
    await client.call("leave");
    await client.kill();
    await bots.leave(receiver);
    assert.deepEqual([...node.complaints, ...bots.complaints], []);
  });
}

async function join(
  t: TestContext,
  room: string,
  role: Pick<LibdatachannelOptions, "role" | "codec">,
): Promise<ForkedPeer<LibdatachannelPeer>> {
  const options: LibdatachannelOptions = { url: node.webSocketUrl, token: await node.token(room, role.role), ...role };
  return ForkedPeer.fork<LibdatachannelPeer>(t, "libdatachannel-process.js", options);
}
