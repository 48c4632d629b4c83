import assert from "node:assert/strict";
import test from "node:test";
import { parseSessionDescription } from "@sluice/media";
import type { PublishedTrack } from "./negotiation-types.js";
import { createNegotiation, fixtureOffer, offerText, publishedTrack, wantedTrack } from "./testing/offer-text.js";

function answered(section: Parameters<typeof offerText>[0][number], track: PublishedTrack) {
  const result = createNegotiation().handleOffer({ sdp: offerText([section]), published: [track], wanted: [] });
  const parsed = parseSessionDescription(result.answer);
  assert.ok(parsed.ok);
  const [{ codecs = [] } = {}] = parsed.description.sections;
  return { codecs, produced: result.producers[0]?.codecs ?? [] };
}

const names = (codecs: readonly { readonly name: string; readonly payloadType: number }[]) =>
  codecs.map(({ name, payloadType }) => `${name} ${payloadType}`);
const camera = { mid: "0", kind: "video", direction: "sendonly" } as const;
const microphone = { mid: "0", kind: "audio", direction: "sendonly", codecs: ["opus", "red"] } as const;

test("the codec that is asked for comes first, its retransmission with it", () => {
  for (const codec of ["H264", "h264"]) {
    const { codecs, produced } = answered(camera, { ...publishedTrack("0", "video"), codec });
    assert.deepEqual(names(codecs), ["H264 102", "rtx 103", "VP8 96", "rtx 97"]);
    assert.deepEqual(names(produced), names(codecs));
  }
});

test("a codec that is not offered changes nothing", () => {
  const { codecs } = answered(camera, { ...publishedTrack("0", "video"), codec: "AV1" });
  assert.deepEqual(names(codecs), ["VP8 96", "rtx 97", "H264 102", "rtx 103"]);
});

test("redundant audio comes first for who asks for it, and not at all for who does not want it", () => {
  const track = publishedTrack("0", "audio");
  assert.deepEqual(names(answered(microphone, track).codecs), ["opus 111", "red 63"]);
  assert.deepEqual(names(answered(microphone, { ...track, codec: "red" }).codecs), ["red 63", "opus 111"]);
  const { codecs, produced } = answered(microphone, { ...track, isRedDisabled: true });
  assert.deepEqual([names(codecs), names(produced)], [["opus 111"], ["opus 111"]]);
});

test("[RFC7587 §6.1] silence and stereo are asked for in the answer, and only there", () => {
  const track = { ...publishedTrack("0", "audio"), isDtxEnabled: true, isStereo: true };
  const { codecs, produced } = answered(microphone, track);
  const offered = { minptime: "10", useinbandfec: "1" };
  assert.deepEqual(codecs[0]?.parameters, { ...offered, usedtx: "1", stereo: "1", maxaveragebitrate: "510000" });
  assert.deepEqual(produced[0]?.parameters, offered);
  assert.deepEqual(codecs[1]?.parameters, { "": "111/111" });
});

test("a publisher who changes its mind about silence is answered anew, and its Producer goes on", () => {
  const negotiation = createNegotiation();
  const sdp = offerText([microphone]);
  const negotiate = (isDtxEnabled: boolean) =>
    negotiation.handleOffer({ sdp, published: [{ ...publishedTrack("0", "audio"), isDtxEnabled }], wanted: [] });
  const before = negotiate(false);
  const after = negotiate(true);
  assert.notEqual(after.answer, before.answer);
  assert.deepEqual(after.commands, []);
});

test("a received track is called what its receiver's door wants", () => {
  const negotiation = createNegotiation({
    msidOf: ({ participantId, trackId }) => ({ streamId: `${participantId}|${trackId}`, trackId }),
  });
  const sdp = offerText([{ mid: "0", kind: "video", direction: "recvonly" }]);
  const { answer } = negotiation.handleOffer({ sdp, published: [], wanted: [wantedTrack("x", "video")] });
  assert.match(answer, /a=msid:PA_other\|TR_x TR_x\r\n/);
});

test("[RFC2198] who cannot take redundant audio receives what it carries", () => {
  const [opus] = wantedTrack("x", "audio").codecs;
  assert.ok(opus);
  const red = { ...opus, payloadType: 63, name: "red", parameters: { "": "109/109" } };
  const sdp = offerText([{ mid: "0", kind: "audio", direction: "recvonly" }]);
  const wanted = [{ ...wantedTrack("x", "audio"), codecs: [red, opus] }];
  const { sent, unsupported, commands } = createNegotiation().handleOffer({ sdp, published: [], wanted });
  assert.deepEqual([sent.length, unsupported], [1, []]);
  const consumer = commands.find((each) => each.type === "openConsumer");
  assert.deepEqual(consumer?.type === "openConsumer" && names(consumer.parameters.codecs), ["opus 111"]);
});

test("[RFC8853 §5.2] encodings that are paused for now are there", () => {
  const sdp = fixtureOffer("chromium-simulcast").replace("a=simulcast:send q;h;f", "a=simulcast:send q;~h;~f");
  assert.match(sdp, /~h/);
  const result = createNegotiation().handleOffer({ sdp, published: [publishedTrack("0", "video")], wanted: [] });
  const [, command] = result.commands;
  assert.ok(command?.type === "openProducer");
  assert.deepEqual(command.parameters.rtp.encodings, [{ rid: "q" }, { rid: "h" }, { rid: "f" }]);
  assert.match(result.answer, /a=simulcast:recv q;h;f\r\n/);
});

test("what is not enabled is not in the answer, nor is its retransmission; where nothing is left the offer is refused", () => {
  const track = publishedTrack("0", "video");
  const { codecs, produced } = answered(camera, { ...track, enabledCodecs: ["audio/opus", "video/h264", "video/rtx"] });
  assert.deepEqual(names(codecs), ["H264 102", "rtx 103"]);
  assert.deepEqual(names(produced), names(codecs));
  assert.throws(
    () => answered(camera, { ...track, enabledCodecs: ["audio/opus", "video/VP9"] }),
    /none of its codecs is enabled here/,
  );
  const opus = { ...publishedTrack("0", "audio"), enabledCodecs: ["audio/opus"] };
  assert.deepEqual(names(answered(microphone, opus).codecs), ["opus 111"]);
});
