import assert from "node:assert/strict";
import test from "node:test";
import {
  answeredTransportParameters,
  createOffer,
  type MediaSection,
  parseSessionDescription,
  type SessionDescription,
  sctpParameters,
  serializeSessionDescription,
} from "../index.js";

const HEAD = ["v=0", "o=- 1 1 IN IP4 0.0.0.0", "s=-", "t=0 0"];
const TRANSPORT = ["ice-ufrag:abcd", "ice-pwd:abcdefghijklmnopqrstuvwx", "fingerprint:sha-256 AB:CD", "setup:active"];

function parsed(lines: readonly string[]): SessionDescription {
  const result = parseSessionDescription(`${lines.join("\r\n")}\r\n`);
  assert.ok(result.ok, result.ok ? "" : result.reason);
  return result.description;
}

function sectionOf(mediaLine: string, ...attributes: string[]): MediaSection {
  const [section] = parsed([...HEAD, `m=${mediaLine}`, ...attributes.map((each) => `a=${each}`)]).sections;
  assert.ok(section);
  return section;
}

const DATA = "application 9 UDP/DTLS/SCTP webrtc-datachannel";

test("[RFC8841 §5, §6] reads port and largest message, with what holds when they are not said", () => {
  const said = sectionOf(DATA, "sctp-port:5001", "max-message-size:1073741823");
  assert.deepEqual(sctpParameters(said), { port: 5001, maxMessageBytes: 1_073_741_823 });
  assert.deepEqual(sctpParameters(sectionOf(DATA)), { port: 5000, maxMessageBytes: 65_536 });
  const any = sectionOf(DATA.replace("UDP", "TCP"), "sctp-port:5000", "max-message-size:0");
  assert.deepEqual(sctpParameters(any), { port: 5000, maxMessageBytes: 0 });
});

test("[RFC8841 §6.3] a size beyond 32 bits is the most there is; what is no number is refused", () => {
  const huge = sectionOf(DATA, "sctp-port:5000", "max-message-size:18446744073709551615");
  assert.equal(huge.maxMessageSizeBytes, 0xffff_ffff);
  for (const line of ["max-message-size:-1", "max-message-size:1e9", "max-message-size:", "sctp-port:65536", "sctp-port:x"]) {
    assert.equal(parseSessionDescription([...HEAD, `m=${DATA}`, `a=${line}`].join("\r\n")).ok, false, line);
  }
});

test("a closed section, the drafts' form and other applications carry no data channels", () => {
  const others = [
    sectionOf(DATA.replace(" 9 ", " 0 "), "sctp-port:5000"),
    sectionOf(DATA, "sctp-port:0"),
    sectionOf("application 9 DTLS/SCTP 5000", "sctpmap:5000 webrtc-datachannel 1024"),
    sectionOf("application 9 UDP/DTLS/SCTP bfcp", "sctp-port:5000"),
    sectionOf("video 9 UDP/DTLS/SCTP webrtc-datachannel", "sctp-port:5000"),
    sectionOf("application 9 UDP/TLS/RTP/SAVPF 96"),
  ];
  for (const section of others) assert.equal(sctpParameters(section), undefined, `${section.port} ${section.protocol}`);
  const bundleOnly = sectionOf(DATA.replace(" 9 ", " 0 "), "bundle-only", "sctp-port:5000");
  assert.equal(sctpParameters(bundleOnly)?.port, 5000, "[RFC8843 §6] port 0 beside bundle-only is no refusal");
});

test("direction means nothing to SCTP: read past, also at session level, and never written", () => {
  const description = parsed([...HEAD, "a=recvonly", `m=${DATA}`, "a=sendonly", "a=mid:d", "a=sctp-port:5000"]);
  assert.equal(description.sections[0]?.direction, "sendrecv");
  const written = serializeSessionDescription(description);
  assert.doesNotMatch(written, /a=(sendrecv|sendonly|recvonly|inactive)/);
  assert.deepEqual(parseSessionDescription(written), { ok: true, description });
});

test("our own client's offer has the section, and its answer says what the node takes", () => {
  const offer = createOffer({
    sessionId: "7",
    sessionVersion: 1,
    ice: { ufrag: "abcd", pwd: "abcdefghijklmnopqrstuvwx" },
    fingerprint: { algorithm: "sha-256", value: "AB:CD" },
    sections: [
      { mid: "0", kind: "application" },
      { mid: "1", kind: "audio", direction: "recvonly", codecs: [], headerExtensions: [] },
    ],
  });
  const lines = offer.split("\r\n");
  const begin = lines.indexOf(`m=${DATA}`);
  assert.ok(lines.includes("a=group:BUNDLE 0 1"));
  assert.deepEqual(
    lines.slice(
      begin,
      lines.findIndex((line) => line.startsWith("m=audio")),
    ),
    [
      `m=${DATA}`,
      "c=IN IP4 0.0.0.0",
      "a=end-of-candidates",
      "a=ice-ufrag:abcd",
      "a=ice-pwd:abcdefghijklmnopqrstuvwx",
      "a=fingerprint:sha-256 AB:CD",
      "a=setup:actpass",
      "a=mid:0",
      "a=sctp-port:5000",
      "a=max-message-size:262144",
    ],
  );
  const answer = [...HEAD, `m=${DATA}`, ...TRANSPORT.map((each) => `a=${each}`), "a=sctp-port:5002"];
  assert.deepEqual(answeredTransportParameters(parsed(answer))?.sctp, { port: 5002, maxMessageBytes: 65_536 });
  const refusal = [
    ...HEAD,
    "m=audio 9 UDP/TLS/RTP/SAVPF 0",
    ...TRANSPORT.map((each) => `a=${each}`),
    `m=${DATA.replace(" 9 ", " 0 ")}`,
  ];
  assert.equal(answeredTransportParameters(parsed(refusal))?.sctp, undefined);
});
