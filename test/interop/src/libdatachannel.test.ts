/** libdatachannel as the other side: an ICE, DTLS and SRTP implementation that shares no code with ours or with browsers. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { readTestPicture, readTestTone } from "@sluice/cli";
import { Audio, Video } from "node-datachannel";
import { Bots, receiving } from "./harness/bots.js";
import { LibdatachannelClient } from "./harness/libdatachannel-client.js";
import { RtpLog } from "./harness/rtp-log.js";
import { RtpPublisher } from "./harness/rtp-publisher.js";
import { TestNode } from "./harness/test-node.js";
import { until } from "./harness/until.js";

const MIN_PACKETS = 100;

let node: TestNode;
const bots = new Bots();

before(async () => {
  node = await TestNode.start();
});

after(async () => {
  await bots.close();
  await node.close();
});

test("libdatachannel receives a bot's picture and sound: every packet, under the SSRC of the answer", async () => {
  const room = "libdatachannel-receives";
  const publisher = await bots.join(node, room, "publisher", { subscribe: false });
  const client = await LibdatachannelClient.join(node.webSocketUrl, await node.token(room, "receiver"), "receiver");
  const needed = await client.rpc.notified("negotiationNeeded", ({ audio, video }) => audio === 1 && video === 1);
  assert.deepEqual(needed, { audio: 1, video: 1 });

  const log = new RtpLog();
  const video = new Video("picture", "RecvOnly");
  video.addVP8Codec(96);
  const audio = new Audio("sound", "RecvOnly");
  audio.addOpusCodec(111);
  for (const media of [video, audio]) client.addTrack(media).onMessage((packet) => log.handlePacket(packet));
  const answer = await client.connect();
  assert.deepEqual(
    answer.tracks.map(({ mid, participantId }) => ({ mid, participantId })).sort((a, b) => a.mid.localeCompare(b.mid)),
    ["picture", "sound"].map((mid) => ({ mid, participantId: publisher.participantId })),
  );

  await until(
    "packets of both tracks",
    15_000,
    () => {
      return log.streams.size >= 2 && [...log.streams.values()].every(({ packets }) => packets >= MIN_PACKETS);
    },
    () => [...log.streams.values()],
  );
  const announced = ssrcsOf(answer.sdp);
  assert.deepEqual(
    [...log.streams.keys()].filter((ssrc) => !announced.has(ssrc)),
    [],
    "SSRCs that the answer does not name",
  );
  const streams = [...log.streams.values()];
  assert.deepEqual(
    streams.map(({ discontinuities }) => discontinuities),
    [0, 0],
    "sequence numbers are continuous",
  );
  assert.deepEqual(streams.flatMap(({ payloadTypes }) => [...payloadTypes]).sort(), [111, 96], "payload types of the offer");
  await client.close();
  await bots.leave(publisher);
  assert.deepEqual([...node.complaints, ...bots.complaints], []);
});

for (const codec of ["vp8", "h264"] as const) {
  test(`what libdatachannel publishes in ${codec} arrives at a bot without a loss`, async () => {
    const room = `libdatachannel-publishes-${codec}`;
    const client = await LibdatachannelClient.join(node.webSocketUrl, await node.token(room, "publisher"), "publisher");
    const picture = await client.rpc.request("publish", { cid: "picture", kind: "video", source: "camera" });
    const sound = await client.rpc.request("publish", { cid: "sound", kind: "audio", source: "microphone" });
    const receiver = await bots.join(node, room, "receiver", { publish: [] });

    const video = new Video("0", "SendOnly");
    if (codec === "vp8") video.addVP8Codec(96);
    else video.addH264Codec(96, "profile-level-id=42e01f;packetization-mode=1;level-asymmetry-allowed=1");
    video.addSSRC(0x11111111, "cname", "stream", "picture");
    const audio = new Audio("1", "SendOnly");
    audio.addOpusCodec(111);
    audio.addSSRC(0x22222222, "cname", "stream", "sound");
    const videoTrack = client.addTrack(video);
    const audioTrack = client.addTrack(audio);
    await client.connect([
      { mid: "0", trackId: picture.track.trackId },
      { mid: "1", trackId: sound.track.trackId },
    ]);

    const publishers = [
      { file: readTestPicture(codec), payloadType: 96, ssrc: 0x11111111, track: videoTrack },
      { file: readTestTone(), payloadType: 111, ssrc: 0x22222222, track: audioTrack },
    ].map(({ track, ...rest }) => new RtpPublisher({ ...rest, send: (packet) => track.sendMessageBinary(packet) }));
    const reports = await receiving(receiver, 2, 60);
    for (const publisher of publishers) publisher.close();
    assert.deepEqual(
      reports.map(({ codec: name, lost }) => ({ name, lost })).sort((a, b) => a.name.localeCompare(b.name)),
      [
        { name: codec.toUpperCase(), lost: 0 },
        { name: "opus", lost: 0 },
      ].sort((a, b) => a.name.localeCompare(b.name)),
    );
    await client.close();
    await bots.leave(receiver);
    assert.deepEqual([...node.complaints, ...bots.complaints], []);
  });
}

function ssrcsOf(sdp: string): Set<number> {
  return new Set([...sdp.matchAll(/^a=ssrc:(\d+) /gm)].map(([, ssrc]) => Number(ssrc)));
}
