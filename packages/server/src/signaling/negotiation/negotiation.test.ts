import assert from "node:assert/strict";
import test from "node:test";
import { EXTENSION_URI, type MediaSection, parseSessionDescription, type SessionDescription } from "@sluice/media";
import { parseResult } from "@sluice/protocol";
import type { Negotiation } from "./negotiation.js";
import type { NegotiationResult, OfferInput } from "./negotiation-types.js";
import { createNegotiation, fixtureOffer, LOCAL, offerText, publishedTrack, wantedTrack } from "./testing/offer-text.js";

const camera = { mid: "0", kind: "video", direction: "sendonly" } as const;
const viewer = (mid: string, kind: "audio" | "video" = "video") => ({ mid, kind, direction: "recvonly" }) as const;

function offer(negotiation: Negotiation, sdp: string, input: Partial<OfferInput> = {}): NegotiationResult {
  return negotiation.handleOffer({ sdp, published: [], wanted: [], ...input });
}

function parsed(sdp: string): SessionDescription {
  const result = parseSessionDescription(sdp);
  assert.ok(result.ok, result.ok ? "" : result.reason);
  return result.description;
}

function sectionOf({ answer }: NegotiationResult, mid: string): MediaSection {
  const section = parsed(answer).sections.find((each) => each.mid === mid);
  assert.ok(section);
  return section;
}

const places = ({ sent }: NegotiationResult) => Object.fromEntries(sent.map(({ mid, trackId }) => [mid, trackId]));
const types = ({ commands }: NegotiationResult) => commands.map(({ type }) => type);

test("a first offer connects the transport and opens what is published", () => {
  const result = offer(createNegotiation(), offerText([camera]), { published: [publishedTrack("0", "video", "cam")] });
  assert.deepEqual(result.commands[0], {
    type: "connectTransport",
    remote: {
      ice: { ufrag: "peer", pwd: "peerpeerpeerpeerpeerpeer" },
      candidates: [],
      fingerprints: [{ algorithm: "sha-256", value: `${"CD:".repeat(31)}CD` }],
      dtlsRole: "server",
    },
  });
  assert.deepEqual(types(result), ["connectTransport", "openProducer"]);
  assert.equal(result.producers[0]?.producerId, "PR_cam");
  assert.deepEqual(
    result.producers[0]?.codecs.map(({ payloadType }) => payloadType),
    [96, 97, 102, 103],
  );
  assert.deepEqual(result.producers[0]?.codecs[0]?.feedback, ["transport-cc", "nack", "nack pli"]);
  assert.deepEqual(
    [result.missing, result.needed],
    [
      { audio: 0, video: 0 },
      { audio: 0, video: 0 },
    ],
  );
});

test("what is new to a client that confirms the answer is opened held back, on a transport that stood before", () => {
  const negotiation = createNegotiation();
  const isHeld = ({ commands }: NegotiationResult) =>
    commands.flatMap((each) => (each.type === "openConsumer" ? [each.parameters.isHeld === true] : []));
  const confirmed = (mids: string[]) => {
    const wanted = mids.map((mid) => wantedTrack(`track${mid}`, "video"));
    return offer(negotiation, offerText(mids.map((mid) => viewer(mid))), { wanted, confirmsAnswer: true });
  };
  assert.deepEqual(isHeld(confirmed(["0"])), [false], "nothing can be sent before the first answer is applied");
  assert.equal(negotiation.handleAnswerApplied(), false);
  const second = confirmed(["0", "1"]);
  assert.deepEqual([isHeld(second), second.hasHeld], [[true], true]);
  assert.equal(negotiation.handleAnswerApplied(), true);
  assert.equal(negotiation.handleAnswerApplied(), false);
  const again = confirmed(["0", "1"]);
  assert.deepEqual([again.commands, again.hasHeld], [[], false]);
});

test("the answer keeps the offer's sections in order, and one carries the transport", () => {
  const sections = [viewer("v"), viewer("a", "audio"), { ...viewer("h"), codecs: ["h265"] } as const];
  const { groups, iceLite, sections: answered } = parsed(offer(createNegotiation(), offerText(sections)).answer);
  assert.deepEqual(
    answered.map(({ mid, kind, port }) => [mid, kind, port]),
    [
      ["v", "video", 7882],
      ["a", "audio", 9],
      ["h", "video", 0],
    ],
  );
  assert.deepEqual(groups, [{ semantics: "BUNDLE", mids: ["v", "a"] }], "not what was refused");
  assert.equal(iceLite, true);
  assert.deepEqual(
    answered.map(({ candidates, endOfCandidates }) => [candidates.length, endOfCandidates]),
    [
      [2, true],
      [0, false],
      [0, false],
    ],
  );
  assert.deepEqual(answered[0]?.candidates, LOCAL.candidates);
  assert.deepEqual([answered[1]?.ice, answered[1]?.fingerprints], [LOCAL.localIce, [LOCAL.fingerprint]]);
});

test("[RFC8843 §7.3] the first accepted section carries the transport when the first one is refused", () => {
  const sections = [{ ...viewer("h"), codecs: ["h265"] } as const, viewer("v")];
  const result = offer(createNegotiation(), offerText(sections));
  assert.equal(sectionOf(result, "v").candidates.length, 2);
  assert.deepEqual(parsed(result.answer).groups[0]?.mids, ["v"]);
});

test("[RFC8842 §5.3] the server is passive unless the client insists on being it", () => {
  for (const [offered, answered, role] of [
    ["actpass", "passive", "server"],
    ["active", "passive", "server"],
    ["passive", "active", "client"],
  ]) {
    const result = offer(createNegotiation(), offerText([viewer("0")], { setup: String(offered) }));
    const [connect] = result.commands;
    assert.equal(sectionOf(result, "0").setup, answered);
    assert.equal(connect?.type === "connectTransport" && connect.remote.dtlsRole, role);
  }
});

test("[RFC8842 §5.5] DTLS roles stay for the life of the transport", () => {
  const negotiation = createNegotiation();
  const negotiate = (setup: string) => offer(negotiation, offerText([viewer("0")], { setup }));
  negotiate("passive");
  assert.equal(sectionOf(negotiate("actpass"), "0").setup, "active");
  assert.throws(() => negotiate("active"), { name: "SluiceError", code: "invalidArgument" });
});

test("a sent track is announced by msid, cname and an SSRC group, in the client's payload types", () => {
  const result = offer(createNegotiation(), offerText([viewer("0")]), { wanted: [wantedTrack("x", "video")] });
  const section = sectionOf(result, "0");
  assert.equal(section.direction, "sendonly");
  assert.deepEqual(
    section.codecs.map(({ name, payloadType }) => [name, payloadType]),
    [
      ["VP8", 96],
      ["rtx", 97],
    ],
    "H264 is not what the producer sends",
  );
  assert.deepEqual(section.msids, [{ streamId: "PA_other", trackId: "TR_x" }]);
  assert.deepEqual(section.ssrcGroups, [{ semantics: "FID", ssrcs: [1_000_001, 1_000_002] }]);
  assert.deepEqual(section.ssrcs, [
    { ssrc: 1_000_001, cname: "other" },
    { ssrc: 1_000_002, cname: "other" },
  ]);
  const command = result.commands.find((each) => each.type === "openConsumer");
  assert.deepEqual(command?.type === "openConsumer" && { ...command.parameters, codecs: command.parameters.codecs.length }, {
    consumerId: "T:1",
    producerId: "PR_x",
    kind: "video",
    mid: "0",
    cname: "other",
    codecs: 2,
    headerExtensions: [],
    ssrc: 1_000_001,
    rtxSsrc: 1_000_002,
    isPaused: false,
  });
  assert.deepEqual(result.sent, [{ mid: "0", trackId: "TR_x", participantId: "PA_other", consumerId: "T:1" }]);
});

test("[RFC4588 §8.6] no rtx offered for the codec, none answered", () => {
  const section = { ...viewer("0"), codecs: ["vp8", "h264", "h264Rtx"] as const };
  const result = offer(createNegotiation(), offerText([section]), { wanted: [wantedTrack("x", "video")] });
  assert.deepEqual(sectionOf(result, "0").ssrcGroups, []);
  assert.equal(sectionOf(result, "0").ssrcs.length, 1);
});

test("a section can carry a published and a wanted track at once", () => {
  const section = { mid: "0", kind: "video", direction: "sendrecv" } as const;
  const input = { published: [publishedTrack("0", "video")], wanted: [wantedTrack("x", "video")] };
  const result = offer(createNegotiation(), offerText([section]), input);
  assert.equal(sectionOf(result, "0").direction, "sendrecv");
  assert.deepEqual(
    sectionOf(result, "0").codecs.map(({ payloadType }) => payloadType),
    [96, 97, 102, 103],
  );
  assert.deepEqual(types(result), ["connectTransport", "openProducer", "openConsumer"]);
});

test("a sending section that nobody published is answered inactive", () => {
  const result = offer(createNegotiation(), offerText([camera]));
  assert.equal(sectionOf(result, "0").direction, "inactive");
  assert.deepEqual(types(result), ["connectTransport"]);
});

test("the same offer again changes nothing and gets the same answer", () => {
  const negotiation = createNegotiation();
  const input = { published: [publishedTrack("0", "video")], wanted: [wantedTrack("x", "video"), wantedTrack("y", "audio")] };
  const sdp = offerText([camera, viewer("1"), viewer("2", "audio")]);
  const first = offer(negotiation, sdp, input);
  const second = offer(negotiation, sdp, input);
  assert.deepEqual(second, { ...first, commands: [] });
});

test("[RFC8829 §5.3.2] the session version grows with every answer that says something new, and only then", () => {
  const negotiation = createNegotiation();
  const version = (result: NegotiationResult) => parsed(result.answer).origin.sessionVersion;
  const sdp = offerText([viewer("0")]);
  assert.equal(version(offer(negotiation, sdp)), "1");
  assert.equal(version(offer(negotiation, sdp)), "1");
  assert.equal(version(offer(negotiation, sdp, { wanted: [wantedTrack("x", "video")] })), "2");
});

test("tracks without a section are counted as missing until one comes", () => {
  const negotiation = createNegotiation();
  const wanted = [wantedTrack("x", "video"), wantedTrack("y", "video"), wantedTrack("a", "audio")];
  const first = offer(negotiation, offerText([viewer("0")]), { wanted });
  assert.deepEqual(places(first), { 0: "TR_x" });
  assert.deepEqual(
    [first.missing, first.needed],
    [
      { audio: 1, video: 1 },
      { audio: 1, video: 2 },
    ],
  );
  const second = offer(negotiation, offerText([viewer("0"), viewer("1"), viewer("2", "audio")]), { wanted });
  assert.deepEqual(places(second), { 0: "TR_x", 1: "TR_y", 2: "TR_a" });
  assert.deepEqual(
    [second.missing, second.needed],
    [
      { audio: 0, video: 0 },
      { audio: 1, video: 2 },
    ],
  );
  assert.deepEqual(types(second), ["openConsumer", "openConsumer"]);
});

test("a track keeps its section and its SSRC when others come and go, and a freed section is used again", () => {
  const negotiation = createNegotiation();
  const sdp = offerText([viewer("0"), viewer("1")]);
  const [x, y, z] = ["x", "y", "z"].map((name) => wantedTrack(name, "video"));
  assert.ok(x && y && z);
  const first = offer(negotiation, sdp, { wanted: [x, y] });
  const ssrcs = sectionOf(first, "1").ssrcs;
  const second = offer(negotiation, sdp, { wanted: [y] });
  assert.deepEqual([types(second), places(second)], [["closeConsumer"], { 1: "TR_y" }]);
  assert.equal(sectionOf(second, "0").direction, "inactive");
  assert.deepEqual(sectionOf(second, "0").msids, []);
  const third = offer(negotiation, sdp, { wanted: [z, y] });
  assert.deepEqual([types(third), places(third)], [["openConsumer"], { 0: "TR_z", 1: "TR_y" }]);
  assert.deepEqual(sectionOf(third, "1").ssrcs, ssrcs);
});

test("[RFC3711 §9.1] a Consumer that is opened again has new SSRCs and a new id", () => {
  const negotiation = createNegotiation();
  const sdp = offerText([viewer("0")]);
  const x = wantedTrack("x", "video");
  const first = offer(negotiation, sdp, { wanted: [x] });
  const second = offer(negotiation, sdp, { wanted: [{ ...x, producerId: "PR_x2" }] });
  assert.deepEqual(types(second), ["closeConsumer", "openConsumer"]);
  assert.notDeepEqual(sectionOf(second, "0").ssrcs, sectionOf(first, "0").ssrcs);
  assert.deepEqual([first.sent[0]?.consumerId, second.sent[0]?.consumerId], ["T:1", "T:2"]);
});

test("a track moves when the client stops its section", () => {
  const negotiation = createNegotiation();
  const wanted = [wantedTrack("x", "video")];
  offer(negotiation, offerText([viewer("0"), viewer("1")]), { wanted });
  const result = offer(negotiation, offerText([{ ...viewer("0"), port: 0 }, viewer("1")]), { wanted });
  assert.deepEqual([types(result), places(result)], [["closeConsumer", "openConsumer"], { 1: "TR_x" }]);
  assert.equal(sectionOf(result, "0").port, 0);
});

test("a track whose codec the client cannot take is reported, not placed", () => {
  const section = { ...viewer("0"), codecs: ["h264", "h264Rtx"] as const };
  const result = offer(createNegotiation(), offerText([section]), { wanted: [wantedTrack("x", "video")] });
  assert.deepEqual([result.unsupported, result.missing, result.sent], [["TR_x"], { audio: 0, video: 0 }, []]);
});

test("only a section that takes the producer's preferred codec is given", () => {
  const sections = [{ ...viewer("0"), codecs: ["h264"] as const }, viewer("1")];
  const result = offer(createNegotiation(), offerText(sections), {
    wanted: [wantedTrack("x", "video"), wantedTrack("y", "video")],
  });
  assert.deepEqual([places(result), result.unsupported, result.missing.video], [{ 1: "TR_x" }, [], 1]);
});

test("countSections says what a next offer needs and changes nothing", () => {
  const negotiation = createNegotiation();
  const wanted = [wantedTrack("x", "video"), wantedTrack("y", "video")];
  assert.deepEqual(negotiation.countSections(wanted).needed, { audio: 0, video: 2 });
  const sdp = offerText([viewer("0")]);
  const first = offer(negotiation, sdp, { wanted: wanted.slice(1) });
  assert.deepEqual(negotiation.countSections(wanted), { missing: { audio: 0, video: 1 }, needed: { audio: 0, video: 2 } });
  assert.deepEqual(offer(negotiation, sdp, { wanted: wanted.slice(1) }), { ...first, commands: [] });
});

test("an unpublished track is closed, and one whose parameters changed is opened anew", () => {
  const negotiation = createNegotiation();
  const published = [publishedTrack("0", "video")];
  const withSsrc = (ssrc: number) => offerText([{ ...camera, lines: [`ssrc:${ssrc} cname:c`] }]);
  offer(negotiation, withSsrc(5), { published });
  assert.deepEqual(types(offer(negotiation, withSsrc(6), { published })), ["closeProducer", "openProducer"]);
  assert.deepEqual(types(offer(negotiation, withSsrc(6))), ["closeProducer"]);
});

test("pausing is no matter of negotiation", () => {
  const negotiation = createNegotiation();
  const sdp = offerText([camera, viewer("1")]);
  const input = (isPaused: boolean) => ({
    published: [{ ...publishedTrack("0", "video"), isPaused }],
    wanted: [{ ...wantedTrack("x", "video"), isPaused }],
  });
  const first = offer(negotiation, sdp, input(true));
  const paused = first.commands.flatMap((each) => ("parameters" in each ? [each.parameters.isPaused] : []));
  assert.deepEqual(paused, [true, true]);
  assert.deepEqual(offer(negotiation, sdp, input(false)).commands, []);
});

test("a published track whose section the client stopped sending in is closed without an error", () => {
  const negotiation = createNegotiation();
  const published = [publishedTrack("0", "video")];
  const other = viewer("1");
  offer(negotiation, offerText([camera, other]), { published });
  const result = offer(negotiation, offerText([{ ...camera, direction: "inactive" }, other]), { published });
  assert.deepEqual([types(result), result.producers], [["closeProducer"], []]);
  offer(negotiation, offerText([camera, other]), { published });
  assert.deepEqual(types(offer(negotiation, offerText([{ ...camera, port: 0 }, other]), { published })), ["closeProducer"]);
});

test("[RFC8853 §5.3] simulcast of Chromium: encodings by rid, all of them welcome", () => {
  const result = offer(createNegotiation(), fixtureOffer("chromium-simulcast"), { published: [publishedTrack("0", "video")] });
  const command = result.commands[1];
  assert.ok(command?.type === "openProducer");
  assert.deepEqual(command.parameters.rtp.encodings, [{ rid: "q" }, { rid: "h" }, { rid: "f" }]);
  const section = sectionOf(result, "0");
  assert.deepEqual(
    section.rids.map(({ rid, direction }) => `${rid} ${direction}`),
    ["q recv", "h recv", "f recv"],
  );
  assert.deepEqual(section.simulcast, { send: [], recv: ["q", "h", "f"].map((rid) => [{ rid, isPaused: false }]) });
});

test("a rid that an offer may have, clients may be told", () => {
  const rid = "r".repeat(64);
  const sdp = fixtureOffer("chromium-simulcast").replaceAll(/^(a=rid:|a=simulcast:send )q/gm, `$1${rid}`);
  const command = offer(createNegotiation(), sdp, { published: [publishedTrack("0", "video")] }).commands[1];
  assert.ok(command?.type === "openProducer");
  assert.equal(command.parameters.rtp.encodings[0]?.rid, rid);
  const layer = { rid, width: 1, height: 1 };
  const track = { trackId: "TR_1", kind: "video", source: "camera", name: "", muted: false, layers: [layer] };
  assert.deepEqual(parseResult("publish", { track }).track.layers, [layer]);
});

test("SSRCs of Chromium's camera come with their retransmission", () => {
  const published = [publishedTrack("0", "audio"), publishedTrack("1", "video")];
  const { commands } = offer(createNegotiation(), fixtureOffer("chromium-camera-microphone"), { published });
  const [, audio, video] = commands;
  assert.ok(audio?.type === "openProducer" && video?.type === "openProducer");
  assert.deepEqual(audio.parameters.rtp.encodings, [{ ssrc: 1_505_504_736 }]);
  assert.deepEqual(video.parameters.rtp.encodings, [{ ssrc: 3_512_496_566, rtxSsrc: 3_436_378_940 }]);
  assert.equal(video.parameters.rtp.cname, "uQka6vKV63a3yibd");
  assert.ok(video.parameters.rtp.headerExtensions.some(({ uri }) => uri === EXTENSION_URI.transportWideSequenceNumber));
});

for (const name of [
  "chromium-send-and-receive",
  "chromium-receive-only",
  "wrtc-send-and-receive",
  "libdatachannel-send-and-receive",
]) {
  test(`${name}: a wanted track goes into the first receiving section`, () => {
    const result = offer(createNegotiation(), fixtureOffer(name), {
      wanted: [wantedTrack("x", "video"), wantedTrack("y", "audio")],
    });
    assert.equal(result.sent.length, 2);
    assert.deepEqual(result.missing, { audio: 0, video: 0 });
    assert.equal(parsed(result.answer).sections.length, parsed(fixtureOffer(name)).sections.length);
  });
}

test("the client's own SSRCs are never given out", () => {
  const section = { mid: "0", kind: "video", direction: "sendrecv", lines: ["ssrc:1000001 cname:c"] } as const;
  const result = offer(createNegotiation(), offerText([section]), { wanted: [wantedTrack("x", "video")] });
  assert.equal(sectionOf(result, "0").ssrcs[0]?.ssrc, 1_000_002);
});
