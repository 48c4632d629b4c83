import assert from "node:assert/strict";
import test from "node:test";
import { createOffer, type MediaSection, parseSessionDescription, sctpParameters } from "@sluice/media";
import { SluiceError } from "@sluice/protocol";
import type { Negotiation } from "./negotiation.js";
import type { NegotiationResult } from "./negotiation-types.js";
import { createNegotiation, fixtureOffer, LOCAL, offerText, publishedTrack } from "./testing/offer-text.js";

const data = { mid: "d", kind: "application", direction: "sendrecv" } as const;
const viewer = { mid: "v", kind: "video", direction: "recvonly" } as const;
const OURS = { port: 5000, maxMessageBytes: 262_144 };

/** As Firefox writes it: attributes at session level, a direction that means nothing, the largest size its stack can say. */
function firefoxOffer({ section = "9", attributes = [] as readonly string[] } = {}): string {
  return [
    "v=0",
    "o=mozilla...THIS_IS_SDPARTA-128.0 5316817265478523894 0 IN IP4 0.0.0.0",
    "s=-",
    "t=0 0",
    "a=sendrecv",
    `a=fingerprint:sha-256 ${"CD:".repeat(31)}CD`,
    `a=group:BUNDLE ${section === "9" ? "0" : "v 0"}`,
    "a=ice-options:trickle",
    "a=msid-semantic:WMS *",
    ...(section === "9"
      ? []
      : [
          "m=video 9 UDP/TLS/RTP/SAVPF 120",
          "c=IN IP4 0.0.0.0",
          "a=recvonly",
          "a=ice-pwd:peerpeerpeerpeerpeerpeer",
          "a=ice-ufrag:peer",
          "a=mid:v",
          "a=rtcp-mux",
          "a=rtpmap:120 VP8/90000",
          "a=setup:actpass",
        ]),
    `m=application ${section} UDP/DTLS/SCTP webrtc-datachannel`,
    "c=IN IP4 0.0.0.0",
    ...attributes,
    "a=sendrecv",
    "a=ice-pwd:peerpeerpeerpeerpeerpeer",
    "a=ice-ufrag:peer",
    "a=mid:0",
    "a=setup:actpass",
    "a=sctp-port:5000",
    "a=max-message-size:1073741823",
    "",
  ].join("\r\n");
}

function offer(sdp: string, negotiation: Negotiation = createNegotiation()): NegotiationResult {
  return negotiation.handleOffer({ sdp, published: [], wanted: [] });
}

function answered({ answer }: NegotiationResult, mid: string): MediaSection {
  const result = parseSessionDescription(answer);
  const section = result.ok && result.description.sections.find((each) => each.mid === mid);
  assert.ok(section, answer);
  return section;
}

const remotes = ({ commands }: NegotiationResult) =>
  commands.flatMap((command) => (command.type === "connectTransport" ? [command.remote.sctp] : []));

test("[RFC8841 §10.3] a data section is answered with our port and size, and the worker is told the client's", () => {
  const result = offer(firefoxOffer());
  const section = answered(result, "0");
  assert.deepEqual(sctpParameters(section), OURS);
  assert.deepEqual([section.protocol, section.formats, section.setup], ["UDP/DTLS/SCTP", ["webrtc-datachannel"], "passive"]);
  assert.deepEqual([section.port, section.candidates], [7882, LOCAL.candidates], "alone it carries the transport");
  assert.deepEqual([section.rtcpMux, section.extmapAllowMixed], [false, false], "nothing of RTP");
  assert.match(result.answer, /a=group:BUNDLE 0\r\n/);
  assert.doesNotMatch(result.answer, /a=(sendrecv|inactive|bundle-only|rtcp-mux)/);
  assert.deepEqual(remotes(result), [{ port: 5000, maxMessageBytes: 1_073_741_823 }]);
  assert.equal(result.hasData, true);
});

test("[RFC8843 §7.3.2] a bundle-only data section is accepted, with a port and without the attribute", () => {
  const result = offer(firefoxOffer({ section: "0", attributes: ["a=bundle-only"] }));
  assert.deepEqual([answered(result, "0").port, answered(result, "0").bundleOnly], [9, false]);
  assert.equal(result.hasData, true);
});

test("Chromium's data section after its media, and libdatachannel's before it", () => {
  const chromium = offer(fixtureOffer("chromium-send-and-receive"));
  assert.deepEqual(sctpParameters(answered(chromium, "5")), OURS);
  assert.deepEqual(remotes(chromium), [OURS]);
  const first = offer(offerText([data, viewer]));
  assert.equal(answered(first, "d").candidates.length, 2, "the first section carries the transport");
  assert.deepEqual(answered(first, "v").candidates, []);
});

test("data over TCP/DTLS/SCTP is answered in the same protocol", () => {
  const result = offer(firefoxOffer().replace("UDP/DTLS/SCTP", "TCP/DTLS/SCTP"));
  assert.equal(answered(result, "0").protocol, "TCP/DTLS/SCTP");
});

test("an offer has one data section: a second one, and the drafts' form, are refused section by section", () => {
  const two = offer(offerText([data, viewer, { ...data, mid: "e" }]));
  assert.deepEqual([sctpParameters(answered(two, "d")), sctpParameters(answered(two, "e"))], [OURS, undefined]);
  assert.match(two.answer, /a=group:BUNDLE d v\r\n/);
  const old = offerText([data, viewer])
    .replace("UDP/DTLS/SCTP webrtc-datachannel", "DTLS/SCTP 5000")
    .replace("a=sctp-port:5000", "a=sctpmap:5000 webrtc-datachannel 1024");
  const refused = offer(old);
  assert.match(refused.answer, /m=application 0 DTLS\/SCTP 5000\r\n/);
  assert.deepEqual([refused.hasData, remotes(refused)], [false, [undefined]]);
  assert.equal(answered(refused, "v").candidates.length, 2);
});

test("an offer of nothing but a refused data section says why", () => {
  assert.throws(() => offer(firefoxOffer().replace("webrtc-datachannel", "bfcp")), {
    code: "unsupported",
    message: /webrtc-datachannel/,
  });
});

test("a later offer can add the section: the transport is connected again, with SCTP, and only then", () => {
  const negotiation = createNegotiation();
  assert.deepEqual(remotes(offer(offerText([viewer]), negotiation)), [undefined]);
  const both = offerText([viewer, data]);
  const added = offer(both, negotiation);
  assert.deepEqual(remotes(added), [{ port: 5000, maxMessageBytes: 65_536 }]);
  assert.equal(added.hasData, true);
  assert.deepEqual(offer(both, negotiation).commands, []);
  const closed = offer(offerText([viewer, { ...data, port: 0 }]), negotiation);
  assert.deepEqual([closed.commands, closed.hasData, answered(closed, "d").port], [[], true, 0]);
});

test("the association cannot move to another port", () => {
  const negotiation = createNegotiation();
  offer(firefoxOffer(), negotiation);
  assert.throws(
    () => offer(firefoxOffer().replace("sctp-port:5000", "sctp-port:5001"), negotiation),
    (error) => error instanceof SluiceError && error.code === "invalidArgument",
  );
  assert.deepEqual(offer(firefoxOffer().replace("1073741823", "65536"), negotiation).commands, []);
});

test("a data section carries no track", () => {
  const published = [publishedTrack("d", "video")];
  assert.throws(
    () => createNegotiation().handleOffer({ sdp: offerText([data, viewer]), published, wanted: [] }),
    (error) => error instanceof SluiceError && error.code === "invalidArgument",
  );
});

test("our own client's offer is understood", () => {
  const sdp = createOffer({
    sessionId: "1",
    sessionVersion: 1,
    ice: { ufrag: "boty", pwd: "botbotbotbotbotbotbotbot" },
    fingerprint: { algorithm: "sha-256", value: `${"EF:".repeat(31)}EF` },
    sections: [{ mid: "0", kind: "application" }],
  });
  assert.deepEqual(remotes(offer(sdp)), [OURS]);
});
