import assert from "node:assert/strict";
import test from "node:test";
import { parseSessionDescription } from "@sluice/media";
import type { Negotiation } from "./negotiation.js";
import type { NegotiationResult, OfferInput } from "./negotiation-types.js";
import { createNegotiation, offerText, publishedTrack, wantedTrack } from "./testing/offer-text.js";

const camera = { mid: "0", kind: "video", direction: "sendonly" } as const;
const microphone = { mid: "1", kind: "audio", direction: "sendonly" } as const;
const open = () => createNegotiation({ acceptsUnpublished: true });

function offer(negotiation: Negotiation, sdp: string, input: Partial<OfferInput> = {}): NegotiationResult {
  return negotiation.handleOffer({ sdp, published: [], wanted: [], ...input });
}

function sectionOf(answer: string, mid: string) {
  const result = parseSessionDescription(answer);
  assert.ok(result.ok);
  const section = result.description.sections.find((each) => each.mid === mid);
  assert.ok(section);
  return section;
}

const types = ({ commands }: Pick<NegotiationResult, "commands">) => commands.map(({ type }) => type);

test("a sending section without a track is accepted, and opens when a track is named for it, without a word in the answer", () => {
  const negotiation = open();
  const sdp = offerText([camera, microphone]);
  const first = offer(negotiation, sdp);
  assert.deepEqual(types(first), ["connectTransport"]);
  assert.equal(sectionOf(first.answer, "0").direction, "recvonly");
  assert.deepEqual(first.producers, []);
  const bound = negotiation.bindTracks([publishedTrack("0", "video", "cam")]);
  assert.deepEqual(types(bound), ["openProducer"]);
  assert.deepEqual(
    bound.producers.map(({ trackId }) => trackId),
    ["TR_cam"],
  );
  assert.deepEqual(negotiation.bindTracks([publishedTrack("0", "video", "cam")]).commands, [], "once is enough");
  const both = [publishedTrack("0", "video", "cam"), publishedTrack("1", "audio", "mic")];
  assert.deepEqual(types(negotiation.bindTracks(both)), ["openProducer"]);
  const again = offer(negotiation, sdp, { published: both });
  assert.deepEqual([again.answer, again.commands], [first.answer, []]);
});

test("a track that is named for another section moves there, and one that is left out ends", () => {
  const negotiation = open();
  offer(negotiation, offerText([camera, { ...camera, mid: "1" }]));
  negotiation.bindTracks([publishedTrack("0", "video", "cam")]);
  assert.deepEqual(types(negotiation.bindTracks([publishedTrack("1", "video", "cam")])), ["closeProducer", "openProducer"]);
  assert.deepEqual(types(negotiation.bindTracks([])), ["closeProducer"]);
});

test("what is named must fit the offer, or nothing changes", () => {
  const negotiation = open();
  const bind = (...tracks: Parameters<typeof publishedTrack>[]) =>
    negotiation.bindTracks(tracks.map((each) => publishedTrack(...each)));
  assert.throws(() => bind(["0", "video"]), { code: "failedPrecondition" });
  offer(negotiation, offerText([camera]));
  bind(["0", "video"]);
  assert.throws(() => bind(["9", "video"]), { code: "invalidArgument" });
  assert.throws(() => bind(["0", "audio"]), { code: "invalidArgument" });
  assert.throws(() => bind(["0", "video", "a"], ["0", "video", "b"]), { code: "invalidArgument" });
  assert.deepEqual(bind(["0", "video"]).commands, []);
});

test("a codec that was wished for too late is no reason to open the Producer anew, in any later offer", () => {
  const negotiation = open();
  const sdp = offerText([camera]);
  const first = offer(negotiation, sdp);
  const track = { ...publishedTrack("0", "video"), codec: "H264" };
  const bound = negotiation.bindTracks([track]);
  assert.deepEqual(
    bound.producers[0]?.codecs.map(({ payloadType }) => payloadType),
    sectionOf(first.answer, "0").codecs.map(({ payloadType }) => payloadType),
  );
  assert.deepEqual(offer(negotiation, sdp, { published: [track] }).commands, []);
});

test("no wanted track goes where the client may send", () => {
  const sections = [{ ...camera, direction: "sendrecv" } as const, { ...camera, mid: "1", direction: "recvonly" } as const];
  const result = offer(open(), offerText(sections), { wanted: [wantedTrack("x", "video"), wantedTrack("y", "video")] });
  assert.deepEqual([result.sent.map(({ mid }) => mid), result.missing.video, result.needed.video], [["1"], 1, 2]);
});
