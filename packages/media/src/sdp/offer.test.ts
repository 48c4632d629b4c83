import assert from "node:assert/strict";
import test from "node:test";
import {
  answeredExtensions,
  answeredTransportParameters,
  createOffer,
  EXTENSION_URI,
  type MediaSection,
  type OfferParameters,
  parseSessionDescription,
  type SessionDescription,
  sentRtpParameters,
} from "../index.js";

const vp8 = { payloadType: 96, name: "VP8", clockRate: 90_000, parameters: {}, feedback: ["nack", "nack pli"] };
const rtx = { payloadType: 97, name: "rtx", clockRate: 90_000, parameters: { apt: "96" }, feedback: [] };
const bot: OfferParameters = {
  sessionId: "7",
  sessionVersion: 1,
  ice: { ufrag: "abcd", pwd: "abcdefghijklmnopqrstuvwx" },
  fingerprint: { algorithm: "sha-256", value: "AB:CD" },
  sections: [
    {
      mid: "0",
      kind: "video",
      direction: "sendonly",
      codecs: [vp8, rtx],
      headerExtensions: [{ id: 4, uri: EXTENSION_URI.mid }],
      ssrc: 1,
      rtxSsrc: 2,
      cname: "bot",
      msid: { streamId: "s", trackId: "t" },
    },
    { mid: "1", kind: "video", direction: "recvonly", codecs: [vp8], headerExtensions: [] },
  ],
};

function parsed(text: string): SessionDescription {
  const result = parseSessionDescription(text);
  assert.ok(result.ok, result.ok ? "" : result.reason);
  return result.description;
}

function sectionOf(...attributes: string[]): MediaSection {
  const lines = [
    "v=0",
    "o=- 1 1 IN IP4 0.0.0.0",
    "m=video 9 UDP/TLS/RTP/SAVPF 96 97",
    "a=rtpmap:96 VP8/90000",
    "a=rtpmap:97 rtx/90000",
    "a=fmtp:97 apt=96",
    "a=mid:v",
  ];
  const [section] = parsed([...lines, ...attributes.map((attribute) => `a=${attribute}`)].join("\r\n")).sections;
  assert.ok(section);
  return section;
}

const encodingsOf = (...attributes: string[]) => sentRtpParameters(sectionOf(...attributes))?.encodings;

test("[RFC8829 §5.2.1] a bot's offer bundles its sections and leaves the DTLS role to the answer", () => {
  const { groups, sections } = parsed(createOffer(bot));
  assert.deepEqual(groups, [{ semantics: "BUNDLE", mids: ["0", "1"] }]);
  assert.deepEqual(
    sections.map(({ setup, rtcpMux, direction }) => [setup, rtcpMux, direction]),
    [
      ["actpass", true, "sendonly"],
      ["actpass", true, "recvonly"],
    ],
  );
  const [sending] = sections;
  assert.ok(sending);
  assert.deepEqual(sentRtpParameters(sending), {
    mid: "0",
    kind: "video",
    codecs: [vp8, rtx],
    headerExtensions: [{ id: 4, uri: EXTENSION_URI.mid }],
    encodings: [{ ssrc: 1, rtxSsrc: 2 }],
    cname: "bot",
  });
});

test("[RFC8842 §5.3] the answer's setup gives the offerer its DTLS role", () => {
  const answer = (setup: string) =>
    answeredTransportParameters(parsed(createOffer(bot).replaceAll("setup:actpass", `setup:${setup}`)));
  assert.equal(answer("passive")?.dtlsRole, "client");
  assert.equal(answer("active")?.dtlsRole, "server");
  assert.equal(answer("actpass"), undefined, "no answer may say that");
  assert.deepEqual(answer("passive")?.ice, bot.ice);
  assert.deepEqual(answer("passive")?.fingerprints, [bot.fingerprint]);
});

test("[RFC5576 §4.2] encodings by SSRC, by SSRC group and by rid", () => {
  assert.deepEqual(encodingsOf(), []);
  assert.deepEqual(encodingsOf("ssrc:5 cname:x"), [{ ssrc: 5 }]);
  assert.deepEqual(encodingsOf("ssrc-group:FID 6 5", "ssrc:5 cname:x", "ssrc:6 cname:x"), [{ ssrc: 6, rtxSsrc: 5 }]);
  assert.deepEqual(
    encodingsOf("ssrc-group:SIM 1 2", "ssrc-group:FID 1 3", "ssrc:1 cname:x", "ssrc:2 cname:x", "ssrc:3 cname:x"),
    [{ ssrc: 1, rtxSsrc: 3 }, { ssrc: 2 }],
  );
  assert.deepEqual(encodingsOf("ssrc-group:FEC-FR 1 2", "ssrc:2 cname:x", "ssrc:1 cname:x"), [{ ssrc: 1 }]);
  assert.deepEqual(encodingsOf("rid:a send", "rid:b send", "rid:c recv", "simulcast:send a;x,b;c;d"), [
    { rid: "a" },
    { rid: "b" },
  ]);
  assert.deepEqual(
    sentRtpParameters(sectionOf("ssrc-group:FID 6 5", "ssrc:6 cname:x"), [vp8])?.encodings,
    [{ ssrc: 6 }],
    "rtx was not negotiated",
  );
});

test("a publisher is asked for its stream names, also in sections that only receive; congestion control goes by hop", () => {
  const extensions = [
    `extmap:1 ${EXTENSION_URI.mid}`,
    `extmap:2 ${EXTENSION_URI.rid}`,
    `extmap:3 ${EXTENSION_URI.videoOrientation}`,
    `extmap:4 ${EXTENSION_URI.transportWideSequenceNumber}`,
    `extmap:5 ${EXTENSION_URI.absoluteSendTime}`,
  ];
  const ids = (...attributes: string[]) => answeredExtensions(sectionOf(...attributes)).map(({ id }) => id);
  assert.deepEqual(ids(...extensions, "sendonly"), [1, 2, 3, 4]);
  assert.deepEqual(ids(...extensions, "recvonly"), [1, 2, 3, 4, 5]);
  assert.deepEqual(ids(...extensions, "inactive"), []);
});

test("[RFC8285 §4.3] ids above 14 only beside extmap-allow-mixed, and each id and name once", () => {
  const ids = (...attributes: string[]) => answeredExtensions(sectionOf("sendonly", ...attributes)).map(({ id }) => id);
  assert.deepEqual(ids(`extmap:15 ${EXTENSION_URI.mid}`), []);
  assert.deepEqual(ids(`extmap:15 ${EXTENSION_URI.mid}`, "extmap-allow-mixed"), [15]);
  assert.deepEqual(ids(`extmap:1 ${EXTENSION_URI.mid}`, `extmap:1 ${EXTENSION_URI.rid}`, `extmap:2 ${EXTENSION_URI.mid}`), [1]);
  assert.deepEqual(ids(`extmap:1/sendonly ${EXTENSION_URI.mid}`), []);
});

test("[RFC8829 §5.2.2] a stopped section keeps its place, outside of the BUNDLE group, and the next one carries the transport", () => {
  const [first, second] = bot.sections;
  assert.ok(first?.kind === "video" && second !== undefined);
  const sections = [{ ...first, isStopped: true }, second, { mid: "2", kind: "application", isStopped: true } as const];
  const { groups, sections: written } = parsed(createOffer({ ...bot, sections }));
  assert.deepEqual(groups, [{ semantics: "BUNDLE", mids: ["1"] }]);
  assert.deepEqual(
    written.map(({ mid, port, direction, endOfCandidates }) => [mid, port, direction, endOfCandidates]),
    [
      ["0", 0, "inactive", false],
      ["1", 9, "recvonly", true],
      ["2", 0, "sendrecv", false],
    ],
  );
  assert.deepEqual([written[0]?.ssrcs, written[0]?.msids, written[0]?.ice], [[], [], undefined]);
});

test("a node offers as an ICE-lite agent, and says what it takes by data channel", () => {
  const sections = [{ mid: "0", kind: "application", maxMessageSizeBytes: 65_535 } as const];
  const text = createOffer({ ...bot, iceLite: true, sections });
  assert.match(text, /\r\na=ice-lite\r\n/);
  assert.match(text, /\r\na=max-message-size:65535\r\n/);
});
