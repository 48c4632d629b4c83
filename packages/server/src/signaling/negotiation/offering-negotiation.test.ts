import assert from "node:assert/strict";
import test from "node:test";
import { EXTENSION_URI } from "@sluice/media";
import { answerSdp, type PeerAnswerOptions, readSdp } from "../../testing/peer-answer.js";
import type { WantedTrack } from "./negotiation-types.js";
import type { OfferingNegotiation, ServerOffer } from "./offering-negotiation.js";
import { LOCAL, wantedTrack } from "./testing/offer-text.js";
import { createOffering, describeSections, sectionsOf } from "./testing/offering-fixture.js";

const VIDEO = wantedTrack("v", "video");
const AUDIO = wantedTrack("a", "audio");
const AGAIN = { ufrag: "sfu2", pwd: "sfu2sfu2sfu2sfu2sfu2sfu2" };

function offer(negotiation: OfferingNegotiation, wanted: readonly WantedTrack[]): ServerOffer {
  const made = negotiation.createOffer(wanted);
  assert.ok(made);
  return made;
}

function agree(negotiation: OfferingNegotiation, wanted: readonly WantedTrack[], options: PeerAnswerOptions = {}) {
  const { id, sdp } = offer(negotiation, wanted);
  const result = negotiation.handleAnswer({ id, sdp: answerSdp(sdp, options), wanted });
  assert.ok(result);
  return { sdp, ...result, types: result.commands.map(({ type }) => type) };
}

test("the first offer comes without tracks too: data channels, our candidates, ICE lite", () => {
  const negotiation = createOffering();
  const { id, sdp, tracks } = offer(negotiation, []);
  assert.deepEqual([id, tracks], [1, []]);
  const { iceLite, groups, sections } = readSdp(sdp);
  const [data] = sections;
  assert.deepEqual([iceLite, groups, sections.length], [true, [{ semantics: "BUNDLE", mids: ["0"] }], 1]);
  assert.deepEqual([data?.kind, data?.sctpPort, data?.maxMessageSizeBytes], ["application", 5000, 65_535]);
  assert.deepEqual([data?.setup, data?.ice, data?.candidates], ["actpass", LOCAL.localIce, LOCAL.candidates]);
  assert.ok(data?.endOfCandidates);
  const result = negotiation.handleAnswer({ id, sdp: answerSdp(sdp), wanted: [] });
  assert.deepEqual(result, {
    commands: [
      {
        type: "connectTransport",
        remote: {
          ice: { ufrag: "peer", pwd: "peerpeerpeerpeerpeerpeer" },
          candidates: [],
          fingerprints: [{ algorithm: "sha-256", value: `${"CD:".repeat(31)}CD` }],
          dtlsRole: "server",
          sctp: { port: 5000, maxMessageBytes: 65_535 },
        },
      },
    ],
    sent: [],
    hasData: true,
    unsupported: [],
  });
  assert.equal(negotiation.createOffer([]), undefined, "nothing new");
});

test("tracks are offered with all that their receiver has to know, and sent when it has answered", () => {
  const negotiation = createOffering();
  const { sdp, sent, commands, types } = agree(negotiation, [AUDIO, VIDEO]);
  assert.deepEqual(describeSections(sdp), ["application 0 sendrecv", "audio 1 sendonly TR_a", "video 2 sendonly TR_v"]);
  const [, audio, video] = sectionsOf(sdp);
  assert.deepEqual(
    audio?.codecs.map(({ payloadType, name }) => `${name} ${payloadType}`),
    ["opus 111"],
  );
  assert.deepEqual(
    video?.codecs.map(({ payloadType, name }) => `${name} ${payloadType}`),
    ["VP8 96", "rtx 97"],
  );
  assert.deepEqual(video?.ssrcGroups, [{ semantics: "FID", ssrcs: video?.ssrcs.map(({ ssrc }) => ssrc) }]);
  assert.deepEqual(
    video?.ssrcs.map(({ cname }) => cname),
    ["other", "other"],
  );
  assert.deepEqual(types, ["connectTransport", "openConsumer", "openConsumer"]);
  const [, , opened] = commands;
  assert.ok(opened?.type === "openConsumer");
  assert.deepEqual(opened.parameters, {
    consumerId: "T:2",
    producerId: "PR_v",
    kind: "video",
    mid: "2",
    ssrc: video?.ssrcs[0]?.ssrc,
    rtxSsrc: video?.ssrcs[1]?.ssrc,
    cname: "other",
    codecs: video?.codecs,
    headerExtensions: video?.headerExtensions.filter(({ uri }) => uri !== EXTENSION_URI.dependencyDescriptor),
    isPaused: false,
  });
  assert.deepEqual(sent, [
    { mid: "1", trackId: "TR_a", participantId: "PA_other", consumerId: "T:1" },
    { mid: "2", trackId: "TR_v", participantId: "PA_other", consumerId: "T:2" },
  ]);
});

test("what stays is not opened again", () => {
  const negotiation = createOffering();
  agree(negotiation, [AUDIO]);
  const { commands, sent } = agree(negotiation, [AUDIO, VIDEO]);
  assert.deepEqual([commands.length, sent.length], [1, 2]);
});

test("a section is empty for one offer before another track comes in it, and it is the same section then", () => {
  const negotiation = createOffering();
  const next = wantedTrack("next", "video");
  agree(negotiation, [VIDEO]);
  const gone = agree(negotiation, [next]);
  assert.deepEqual(describeSections(gone.sdp).slice(1), ["video 1 inactive", "video 2 sendonly TR_next"]);
  assert.deepEqual(gone.types, ["closeConsumer", "openConsumer"]);
  const { sdp } = agree(negotiation, [next, wantedTrack("third", "video"), AUDIO]);
  assert.deepEqual(describeSections(sdp).slice(1), [
    "video 1 sendonly TR_third",
    "video 2 sendonly TR_next",
    "audio 3 sendonly TR_a",
  ]);
});

test("a track of another Producer stays in its section, under other SSRCs", () => {
  const negotiation = createOffering();
  const before = agree(negotiation, [VIDEO]);
  const again = { ...VIDEO, producerId: "PR_again" };
  const { sdp, types } = agree(negotiation, [again]);
  assert.deepEqual(describeSections(sdp), describeSections(before.sdp));
  assert.notDeepEqual(sectionsOf(sdp)[1]?.ssrcs, sectionsOf(before.sdp)[1]?.ssrcs);
  assert.deepEqual(types, ["closeConsumer", "openConsumer"]);
});

test("one offer is outstanding at a time; what changes meanwhile is in the next", () => {
  const negotiation = createOffering();
  const first = offer(negotiation, []);
  assert.equal(negotiation.createOffer([VIDEO]), undefined);
  assert.equal(negotiation.createOffer([VIDEO, AUDIO]), undefined);
  negotiation.handleAnswer({ id: first.id, sdp: answerSdp(first.sdp), wanted: [VIDEO, AUDIO] });
  assert.equal(agree(negotiation, [VIDEO, AUDIO]).sent.length, 2);
});

test("what changed between offer and answer is not opened, and put right by the next offer", () => {
  const negotiation = createOffering();
  const { id, sdp } = offer(negotiation, [VIDEO, AUDIO]);
  const again = { ...VIDEO, producerId: "PR_again" };
  const wanted = [again, { ...AUDIO, isPaused: true }];
  const result = negotiation.handleAnswer({ id, sdp: answerSdp(sdp), wanted });
  assert.deepEqual(
    result?.sent.map(({ trackId }) => trackId),
    ["TR_a"],
  );
  const [, audio] = result?.commands ?? [];
  assert.ok(audio?.type === "openConsumer" && audio.parameters.isPaused);
  assert.deepEqual(agree(negotiation, wanted).sent.length, 2);
});

test("a track that nobody wanted for the moment of the answer is offered again under other SSRCs", () => {
  const negotiation = createOffering();
  const { id, sdp } = offer(negotiation, [VIDEO]);
  negotiation.handleAnswer({ id, sdp: answerSdp(sdp), wanted: [] });
  const again = agree(negotiation, [VIDEO]);
  assert.equal(again.sent.length, 1);
  assert.notDeepEqual(sectionsOf(again.sdp)[1]?.ssrcs, sectionsOf(sdp)[1]?.ssrcs);
});

test("an answer to another offer is counted and nothing else", () => {
  const negotiation = createOffering();
  const { id, sdp } = offer(negotiation, [VIDEO]);
  const answer = answerSdp(sdp);
  assert.equal(negotiation.handleAnswer({ id: id + 1, sdp: answer, wanted: [VIDEO] }), undefined);
  assert.equal(negotiation.handleAnswer({ id: id + 1, sdp: "nonsense", wanted: [VIDEO] }), undefined);
  assert.ok(negotiation.handleAnswer({ id, sdp: answer, wanted: [VIDEO] }));
  assert.equal(negotiation.handleAnswer({ id, sdp: answer, wanted: [VIDEO] }), undefined, "it comes twice");
  assert.equal(negotiation.staleAnswers, 3);
});

test("an answer that does not say to which offer is to the outstanding one, if there is one", () => {
  const negotiation = createOffering();
  const { sdp } = offer(negotiation, [VIDEO]);
  const answer = answerSdp(sdp);
  assert.equal(negotiation.handleAnswer({ sdp: answer, wanted: [VIDEO] })?.sent.length, 1);
  assert.equal(negotiation.handleAnswer({ sdp: answer, wanted: [VIDEO] }), undefined, "it comes twice");
  assert.equal(negotiation.staleAnswers, 1);
});

test("a codec that the client rejects is not offered to it again, and the section is over", () => {
  const negotiation = createOffering();
  const { unsupported, sent } = agree(negotiation, [VIDEO, AUDIO], { codecs: ["opus"] });
  assert.deepEqual([unsupported, sent.length], [["TR_v"], 1]);
  assert.equal(negotiation.createOffer([VIDEO, AUDIO, wantedTrack("w", "video")]), undefined);
  const { sdp } = agree(negotiation, [VIDEO]);
  assert.deepEqual(describeSections(sdp), ["application 0 sendrecv", "video 1 stopped", "audio 2 inactive"]);
  assert.deepEqual(readSdp(sdp).groups, [{ semantics: "BUNDLE", mids: ["0", "2"] }]);
});

test("a section that the client sets inactive carries nothing, and its track is not tried again until it is wanted anew", () => {
  const negotiation = createOffering();
  const refuse = ({ kind }: { readonly kind: string }) => (kind === "video" ? ("inactive" as const) : undefined);
  const { unsupported, sent } = agree(negotiation, [VIDEO], { refuse });
  assert.deepEqual([unsupported, sent], [["TR_v"], []]);
  assert.deepEqual(describeSections(agree(negotiation, [VIDEO]).sdp)[1], "video 1 inactive");
  assert.equal(negotiation.createOffer([VIDEO]), undefined);
  assert.equal(negotiation.createOffer([]), undefined);
  assert.equal(agree(negotiation, [VIDEO]).sent.length, 1);
});

test("a client without data channels has none", () => {
  const negotiation = createOffering();
  const refuse = ({ kind }: { readonly kind: string }) => (kind === "application" ? ("stopped" as const) : undefined);
  assert.equal(agree(negotiation, [VIDEO], { refuse }).hasData, false);
  const { sdp, sent } = agree(negotiation, [VIDEO, AUDIO]);
  assert.deepEqual(describeSections(sdp)[0], "application 0 stopped");
  assert.deepEqual(sectionsOf(sdp)[1]?.candidates, LOCAL.candidates, "the transport is the next section's");
  assert.equal(sent.length, 2);
});

test("[RFC3264 §6.1] the client's payload types, extensions and RTX count", () => {
  const negotiation = createOffering();
  const { id, sdp } = offer(negotiation, [VIDEO]);
  const answer = answerSdp(sdp)
    .replace("m=video 9 UDP/TLS/RTP/SAVPF 96 97", "m=video 9 UDP/TLS/RTP/SAVPF 107")
    .replaceAll(/a=(rtpmap|rtcp-fb):96 /g, "a=$1:107 ")
    .replace(/a=extmap:(?!3 ).*\r\n/g, "");
  const result = negotiation.handleAnswer({ id, sdp: answer.replace(/a=extmap:(?!3 ).*\r\n/g, ""), wanted: [VIDEO] });
  const [, opened] = result?.commands ?? [];
  assert.ok(opened?.type === "openConsumer");
  const { codecs, rtxSsrc, headerExtensions } = opened.parameters;
  assert.deepEqual(
    codecs.map(({ name, payloadType }) => `${name} ${payloadType}`),
    ["VP8 107"],
  );
  assert.equal(rtxSsrc, undefined);
  assert.deepEqual(headerExtensions, [{ id: 3, uri: EXTENSION_URI.transportWideSequenceNumber }]);
});

test("[RFC2198] redundant audio is offered where it is sent; who cannot take it gets what it carries", () => {
  const [opus] = AUDIO.codecs;
  assert.ok(opus);
  const red = { ...opus, payloadType: 63, name: "red", parameters: { "": "109/109" } };
  const names = (codecs: readonly { readonly name: string }[]) => codecs.map(({ name }) => name);
  for (const [codecs, expected] of [
    [
      ["opus", "red"],
      ["red", "opus"],
    ],
    [["opus"], ["opus"]],
  ] as const) {
    const { sdp, commands } = agree(createOffering(), [{ ...AUDIO, codecs: [red, opus] }], { codecs });
    assert.deepEqual(names(sectionsOf(sdp)[1]?.codecs ?? []), ["red", "opus"]);
    const [, opened] = commands;
    assert.deepEqual(opened?.type === "openConsumer" && names(opened.parameters.codecs), expected);
  }
});

test("[RFC8445 §9] a restart brings new credentials of both sides and nothing else", () => {
  const negotiation = createOffering();
  const before = agree(negotiation, [VIDEO]);
  negotiation.restart(AGAIN);
  const { sdp, commands, sent } = agree(negotiation, [VIDEO], { ufrag: "anew" });
  assert.deepEqual(sectionsOf(sdp)[0]?.ice, AGAIN);
  const remoteIce = { ufrag: "anew", pwd: "peerpeerpeerpeerpeerpeer" };
  assert.deepEqual(commands, [{ type: "restartIce", localIce: AGAIN, remoteIce }]);
  assert.deepEqual(sent, before.sent);
  assert.equal(negotiation.createOffer([VIDEO]), undefined);
});

test("a restart takes back an offer that was not answered, and keeps the places that it gave", () => {
  const negotiation = createOffering();
  agree(negotiation, []);
  const lost = offer(negotiation, [VIDEO]);
  negotiation.restart(AGAIN);
  const next = offer(negotiation, [AUDIO]);
  assert.ok(next.id > lost.id);
  assert.deepEqual(describeSections(next.sdp).slice(1), ["video 1 inactive", "audio 2 sendonly TR_a"]);
  assert.equal(negotiation.handleAnswer({ id: lost.id, sdp: answerSdp(lost.sdp), wanted: [AUDIO] }), undefined);
  const result = negotiation.handleAnswer({ id: next.id, sdp: answerSdp(next.sdp, { ufrag: "anew" }), wanted: [AUDIO] });
  assert.deepEqual(
    result?.commands.map(({ type }) => type),
    ["restartIce", "openConsumer"],
  );
});

test("a first offer that got lost comes again with the credentials that the Transport has", () => {
  const negotiation = createOffering();
  const lost = offer(negotiation, []);
  negotiation.restart(AGAIN);
  const { sdp, types } = agree(negotiation, []);
  assert.deepEqual(sectionsOf(sdp)[0]?.ice, sectionsOf(lost.sdp)[0]?.ice);
  assert.deepEqual(types, ["connectTransport"]);
});

test("a received track is called what its receiver's door wants", () => {
  const negotiation = createOffering({
    msidOf: ({ participantId, trackId }) => ({ streamId: `${participantId}|${trackId}`, trackId }),
  });
  assert.match(offer(negotiation, [VIDEO]).sdp, /a=msid:PA_other\|TR_v TR_v\r\n/);
});
