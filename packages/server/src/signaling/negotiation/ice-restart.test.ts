import assert from "node:assert/strict";
import test from "node:test";
import { parseSessionDescription } from "@sluice/media";
import { compareOffers, describeOffer } from "./offered-session.js";
import { createNegotiation, fixtureOffer, LOCAL, offerText, publishedTrack, wantedTrack } from "./testing/offer-text.js";

const SECTIONS = [
  { mid: "0", kind: "video", direction: "sendonly" },
  { mid: "1", kind: "video", direction: "recvonly" },
] as const;
const AGAIN = { ufrag: "sfu2", pwd: "sfu2sfu2sfu2sfu2sfu2sfu2" };

const compare = (a: string, b: string) => compareOffers(describeOffer(a), describeOffer(b));

test("[RFC3264 §8] a later version of the same session with the same certificate and another ufrag restarts ICE", () => {
  const first = offerText(SECTIONS);
  assert.equal(compare(first, offerText(SECTIONS)), "same");
  assert.equal(compare(first, offerText(SECTIONS, { version: 2 })), "same");
  assert.equal(compare(first, offerText(SECTIONS, { version: 2, ufrag: "anew" })), "restart");
  assert.equal(compare(first, offerText(SECTIONS, { version: 10, ufrag: "anew" })), "restart", "by number, not by text");
  assert.equal(compare(offerText(SECTIONS, { version: 9 }), offerText(SECTIONS, { version: 10, ufrag: "anew" })), "restart");
});

test("anything else is another peer connection", () => {
  const first = offerText(SECTIONS, { version: 2 });
  const later = offerText(SECTIONS, { version: 3, ufrag: "anew" });
  assert.equal(compare(first, offerText(SECTIONS, { version: 2, ufrag: "anew" })), "other", "no later version");
  assert.equal(compare(first, later.replace("o=- 1 ", "o=- 2 ")), "other");
  assert.equal(compare(first, later.replace("o=- 1 ", "o=x 1 ")), "other");
  assert.equal(compare(first, later.replaceAll("CD:", "CE:")), "other");
  assert.equal(compare(first, offerText(SECTIONS).replaceAll("CD:", "CE:")), "other");
});

test("some clients draw a new session for every offer: the transport is the same all the same", () => {
  const offer = fixtureOffer("libdatachannel-send-and-receive");
  assert.equal(compare(offer, offer.replace(/o=(\S+) \d+ /, "o=$1 77 ")), "same");
});

test("[RFC8445 §9] a restart changes the credentials of both sides and nothing else", () => {
  const negotiation = createNegotiation();
  const input = { published: [publishedTrack("0", "video")], wanted: [wantedTrack("x", "video")] };
  const first = negotiation.handleOffer({ sdp: offerText(SECTIONS), ...input });
  const sdp = offerText(SECTIONS, { version: 2, ufrag: "anew" });
  assert.throws(() => negotiation.handleOffer({ sdp, ...input }), { code: "invalidArgument" });
  const second = negotiation.handleOffer({ sdp, ...input, restart: AGAIN });
  const remoteIce = { ufrag: "anew", pwd: "peerpeerpeerpeerpeerpeer" };
  assert.deepEqual(second.commands, [{ type: "restartIce", localIce: AGAIN, remoteIce }]);
  const parsed = parseSessionDescription(second.answer);
  assert.ok(parsed.ok);
  assert.deepEqual(parsed.description.sections[0]?.ice, AGAIN);
  assert.equal(parsed.description.origin.sessionVersion, "2");
  assert.deepEqual(parsed.description.sections[0]?.candidates, LOCAL.candidates);
  assert.deepEqual([second.sent, second.producers], [first.sent, first.producers]);
  assert.deepEqual(negotiation.handleOffer({ sdp, ...input }), { ...second, commands: [] });
});

test("an offer that restarts and asks for something new at once gets both", () => {
  const negotiation = createNegotiation();
  negotiation.handleOffer({ sdp: offerText(SECTIONS), published: [], wanted: [] });
  const sections = [...SECTIONS, { mid: "2", kind: "application", direction: "sendrecv" } as const];
  const sdp = offerText(sections, { version: 2, ufrag: "anew" });
  const input = { published: [publishedTrack("0", "video")], wanted: [wantedTrack("x", "video")] };
  const { commands, hasData } = negotiation.handleOffer({ sdp, ...input, restart: AGAIN });
  assert.deepEqual(
    commands.map(({ type }) => type),
    ["restartIce", "connectTransport", "openProducer", "openConsumer"],
  );
  assert.ok(hasData);
});

test("a restart that cannot be granted leaves the credentials as they were", () => {
  const negotiation = createNegotiation();
  const input = { published: [], wanted: [wantedTrack("x", "video")] };
  const first = negotiation.handleOffer({ sdp: offerText(SECTIONS), ...input });
  const sdp = offerText(SECTIONS, { version: 2, ufrag: "anew", setup: "passive" });
  assert.throws(() => negotiation.handleOffer({ sdp, ...input, restart: AGAIN }), { code: "invalidArgument" });
  assert.deepEqual(negotiation.handleOffer({ sdp: offerText(SECTIONS), ...input }), { ...first, commands: [] });
});
