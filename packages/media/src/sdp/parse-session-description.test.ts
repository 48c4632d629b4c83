import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import test from "node:test";
import fc from "fast-check";
import { type MediaSection, parseSessionDescription, type SessionDescription, serializeSessionDescription } from "../index.js";

const FIXTURES = new URL("../../src/sdp/fixtures/", import.meta.url);
const fixtures = new Map(
  readdirSync(FIXTURES).map((name) => [name.replace(/\.sdp$/, ""), readFileSync(new URL(name, FIXTURES), "utf8")]),
);

const HEAD = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n";
const VIDEO = "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=rtpmap:96 VP8/90000\r\n";

function parsed(text: string): SessionDescription {
  const result = parseSessionDescription(text);
  assert.ok(result.ok, result.ok ? "" : result.reason);
  return result.description;
}

function firstSection(text: string): MediaSection {
  const [section] = parsed(text).sections;
  assert.ok(section);
  return section;
}

function fixture(name: string): string {
  const text = fixtures.get(name);
  assert.ok(text, name);
  return text;
}

function reason(text: string): string {
  const result = parseSessionDescription(text);
  assert.equal(result.ok, false);
  return result.ok ? "" : result.reason;
}

for (const [name, text] of fixtures) {
  test(`the offer ${name} says the same after being written again`, () => {
    const description = parsed(text);
    const written = serializeSessionDescription(description);
    assert.deepEqual(parsed(written), description);
    assert.equal(serializeSessionDescription(parsed(written)), written);
    assert.ok(
      description.sections.every((section) => section.ice && section.fingerprints.length === 1 && section.mid !== undefined),
    );
  });
}

test("reads a camera and microphone of Chromium", () => {
  const { groups, sections } = parsed(fixture("chromium-camera-microphone"));
  assert.deepEqual(groups, [{ semantics: "BUNDLE", mids: ["0", "1"] }]);
  const [audio, video] = sections;
  assert.ok(audio && video);
  assert.deepEqual(audio.codecs[0], {
    payloadType: 111,
    name: "opus",
    clockRate: 48_000,
    channels: 2,
    parameters: { minptime: "10", useinbandfec: "1" },
    feedback: ["transport-cc"],
  });
  assert.deepEqual(audio.codecs[1]?.parameters, { "": "111/111" });
  assert.equal(audio.extmapAllowMixed, true, "said at session level");
  assert.equal(video.direction, "sendrecv");
  assert.equal(video.setup, "actpass");
  assert.deepEqual([video.rtcpMux, video.rtcpReducedSize], [true, true]);
  assert.deepEqual(video.ssrcGroups, [{ semantics: "FID", ssrcs: [3_512_496_566, 3_436_378_940] }]);
  assert.deepEqual(video.ssrcs[0], { ssrc: 3_512_496_566, cname: "uQka6vKV63a3yibd" });
  assert.deepEqual(
    video.candidates.map(({ family, port, tcpType = "udp" }) => [family, port, tcpType]),
    [
      ["IPv4", 33_859, "udp"],
      ["IPv6", 60_278, "udp"],
      ["IPv4", 9, "active"],
      ["IPv6", 9, "active"],
    ],
  );
});

test("reads the rids of Chromium's simulcast", () => {
  const section = firstSection(fixture("chromium-simulcast"));
  assert.deepEqual(
    section.rids.map(({ rid, direction }) => `${rid} ${direction}`),
    ["q send", "h send", "f send"],
  );
  assert.deepEqual(
    section.simulcast?.send.map(([first]) => first?.rid),
    ["q", "h", "f"],
  );
});

test("[RFC8122 §5] a session-level fingerprint holds for every section of libdatachannel", () => {
  const { sections } = parsed(fixture("libdatachannel-send-and-receive"));
  assert.equal(new Set(sections.map((section) => JSON.stringify(section.fingerprints))).size, 1);
  assert.deepEqual(sections[0]?.iceOptions, ["ice2", "trickle"]);
  assert.deepEqual(
    sections.map(({ endOfCandidates }) => endOfCandidates),
    [true, false, false],
  );
});

test("reads the data section of Chromium", () => {
  const section = parsed(fixture("chromium-send-and-receive")).sections.at(-1);
  assert.equal(section?.kind, "application");
  assert.deepEqual(section?.formats, ["webrtc-datachannel"]);
  assert.deepEqual([section?.sctpPort, section?.maxMessageSizeBytes], [5000, 262_144]);
});

test("[RFC8839 §5.4] a section's own ICE credentials win over the session's", () => {
  const session = "a=ice-ufrag:sess\r\na=ice-pwd:sessionsessionsession1\r\na=setup:active\r\na=recvonly\r\n";
  const own = "a=ice-ufrag:sect\r\na=ice-pwd:sectionsectionsection1\r\na=setup:passive\r\na=sendonly\r\n";
  const { sections } = parsed(`${HEAD}${session}${VIDEO}${own}${VIDEO}`);
  assert.deepEqual(
    sections.map(({ ice, setup, direction }) => [ice?.ufrag, setup, direction]),
    [
      ["sect", "passive", "sendonly"],
      ["sess", "active", "recvonly"],
    ],
  );
});

test("[RFC4585 §4.2] feedback for * is feedback for every codec of the section", () => {
  const section = firstSection(
    `${HEAD}m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\na=rtpmap:96 VP8/90000\r\na=rtpmap:97 VP9/90000\r\na=rtcp-fb:* nack\r\na=rtcp-fb:97 nack pli\r\n`,
  );
  assert.deepEqual(
    section.codecs.map(({ feedback }) => feedback),
    [["nack"], ["nack pli", "nack"]],
  );
});

test("[RFC3551 §6] static payload types need no rtpmap", () => {
  const section = firstSection(`${HEAD}m=audio 9 UDP/TLS/RTP/SAVPF 0 8 98\r\n`);
  assert.deepEqual(
    section.codecs.map(({ name }) => name),
    ["PCMU", "PCMA"],
  );
});

test("[RFC8285 §4.2] extensions without an id yet are passed over", () => {
  const section = firstSection(`${HEAD}${VIDEO}a=extmap:4096 urn:x\r\na=extmap:255/recvonly urn:y with attributes\r\n`);
  assert.deepEqual(section.headerExtensions, [{ id: 255, uri: "urn:y", direction: "recvonly" }]);
});

test("[RFC8853 §5.1] simulcast alternatives and paused streams", () => {
  const section = firstSection(`${HEAD}${VIDEO}a=simulcast:send 1,~2;~3 recv 4\r\n`);
  assert.deepEqual(section.simulcast, {
    send: [
      [
        { rid: "1", isPaused: false },
        { rid: "2", isPaused: true },
      ],
      [{ rid: "3", isPaused: true }],
    ],
    recv: [[{ rid: "4", isPaused: false }]],
  });
});

test("lone line feeds and a missing last line end are accepted", () => {
  assert.equal(parsed(`${HEAD}${VIDEO}`.replaceAll("\r\n", "\n").trimEnd()).sections.length, 1);
});

test("names of the language are harmless as names of parameters and attributes", () => {
  const section = firstSection(
    `${HEAD}${VIDEO}a=fmtp:96 __proto__=1;constructor=2;toString=3;x=4\r\na=__proto__:1\r\na=constructor\r\n`,
  );
  const parameters = section.codecs[0]?.parameters;
  assert.deepEqual(Object.entries(parameters ?? {}), [
    ["constructor", "2"],
    ["toString", "3"],
    ["x", "4"],
  ]);
  assert.equal(Object.getPrototypeOf(parameters), Object.prototype);
  assert.equal(({} as Record<string, unknown>)["1"], undefined);
});

test("a value with a line break is not written", () => {
  const description = parsed(`${HEAD}${VIDEO}`);
  const origin = { ...description.origin, username: "x\r\na=ice-lite" };
  assert.throws(() => serializeSessionDescription({ ...description, origin }), /line break/);
});

test("[attack 22] a payload type above 127 is refused", () => {
  assert.match(reason(`${HEAD}m=video 9 UDP/TLS/RTP/SAVPF 128\r\n`), /0 to 127/);
  assert.match(reason(`${HEAD}${VIDEO}a=rtpmap:300 VP8/90000\r\n`), /0 to 127/);
  assert.match(reason(`${HEAD}${VIDEO}a=fmtp:4294967296 a=b\r\n`), /0 to 127/);
  assert.match(reason(`${HEAD}${VIDEO}a=rtcp-fb:-1 nack\r\n`), /0 to 127/);
  assert.match(reason(`${HEAD}${VIDEO}a=rid:1 send pt=128\r\n`), /0 to 127/);
});

test("[attack 22] thousands of m= lines are refused", () => {
  assert.match(reason(HEAD + "m=audio 9 RTP/SAVPF 0\r\n".repeat(5000)), /more than 512 media sections/);
  assert.equal(parsed(HEAD + "m=audio 9 RTP/SAVPF 0\r\n".repeat(512)).sections.length, 512);
});

test("[attack 22] a huge fmtp is refused, in one line or in many", () => {
  assert.match(reason(`${HEAD}${VIDEO}a=fmtp:96 ${"a=1;".repeat(600)}\r\n`), /2048 bytes/);
  assert.match(reason(`${HEAD}${VIDEO}${"a=fmtp:96 abcdefgh=1\r\n".repeat(1000)}`), /2048 bytes/);
  assert.match(reason(`${HEAD}${VIDEO}a=fmtp:96 ${"x".repeat(5000)}\r\n`), /4096 bytes/);
});

test("[attack 22] a thousand simulcast rids are refused", () => {
  const rids = Array.from({ length: 1000 }, (_, index) => `r${index}`);
  assert.match(reason(HEAD + VIDEO + rids.map((rid) => `a=rid:${rid} send\r\n`).join("")), /more than 16 rids/);
  assert.match(reason(`${HEAD}${VIDEO}a=simulcast:send ${rids.slice(0, 100).join(";")}\r\n`), /more than 16 rids/);
  assert.match(reason(`${HEAD}${VIDEO}a=simulcast:send ${rids.slice(0, 100).join(",")}\r\n`), /more than 16 rids/);
});

test("[attack 22] lines and attributes whose parts are missing are refused", () => {
  for (const line of [
    "m=",
    "m=video",
    "m=video 9",
    "m=video 9 RTP/SAVPF",
    "m=video x RTP/SAVPF 96",
    "m=video 9 // 96",
    "m",
    "=",
    "a",
  ]) {
    assert.equal(parseSessionDescription(`${HEAD}${line}\r\n`).ok, false, line);
  }
  const names =
    "mid rtpmap fmtp rtcp-fb msid ssrc ssrc-group rid simulcast sctp-port max-message-size ice-ufrag ice-pwd fingerprint setup extmap";
  for (const name of names.split(" ")) {
    for (const value of ["", ":", ": ", ":/ /"]) {
      assert.match(reason(`${HEAD}${VIDEO}a=${name}${value}\r\n`), /payload type|malformed|is not/, `${name}${value}`);
    }
  }
});

test("[attack 22] a NUL byte is refused", () => {
  assert.match(reason(`${HEAD}${VIDEO}a=mid:0\0\r\n`), /control character/);
});

test("every other limit is kept", () => {
  const lines = (count: number, line: (index: number) => string) =>
    HEAD + VIDEO + Array.from({ length: count }, (_, index) => `a=${line(index)}\r\n`).join("");
  const payloadTypes = Array.from({ length: 129 }, (_, index) => index);
  assert.match(reason(`${HEAD}m=video 9 RTP/SAVPF ${payloadTypes.join(" ")}\r\n`), /more than 128 formats/);
  assert.match(reason(`${HEAD}m=video 9 RTP/SAVPF 96 96\r\n`), /twice/);
  assert.match(reason(lines(33, (index) => `ssrc:${index} cname:x`)), /more than 32 ssrcs/);
  assert.match(reason(lines(33, () => "ssrc-group:FID 1 2")), /more than 32 ssrc-groups/);
  assert.match(reason(lines(65, () => "candidate:1 1 udp 1 a.local 1 typ host")), /more than 64 candidates/);
  assert.match(reason(lines(9, () => "fingerprint:sha-256 AB")), /more than 8 fingerprints/);
  assert.match(reason(lines(65, (index) => `extmap:${index + 1} urn:x`)), /more than 64 extmap/);
  assert.match(reason(lines(33, (index) => `rtcp-fb:96 x${index}`)), /more than 32 rtcp-fb/);
  assert.match(reason(lines(9, () => "msid:a b")), /more than 8 msids/);
  for (const id of ["0", "256", "-1", "5000"]) assert.match(reason(lines(1, () => `extmap:${id} urn:x`)), /1 to 255/);
  assert.match(reason(`${HEAD}${VIDEO}a=mid:x\r\n${VIDEO}a=mid:x\r\n`), /same mid/);
  assert.match(reason(`${HEAD}a=x:${"é".repeat(2100)}\r\n`), /4096 bytes/);
  assert.match(reason(HEAD + "a=x\r\n".repeat(60_000)), /262144 bytes/);
  assert.match(reason(`${HEAD}a=ice-ufrag:abc\r\n`), /4 to 256/);
  assert.match(reason(`${HEAD}${VIDEO}a=ice-ufrag:abcd\r\n`), /stand together/);
});

test("the largest texts of every shape cost what their size costs", (t) => {
  const fill = (prefix: string, line: string, max = Number.POSITIVE_INFINITY) =>
    prefix + line.repeat(Math.min(max, Math.floor((256 * 1024 - prefix.length) / line.length)));
  // The fastest of several: nothing that interrupts a run makes it faster.
  const parsingMs = (text: string, times = 1) => {
    const rounds = Array.from({ length: 5 }, () => {
      const begin = performance.now();
      for (let count = 0; count < times; count++) parseSessionDescription(text);
      return performance.now() - begin;
    });
    return Math.min(...rounds);
  };
  const texts = [
    fill(HEAD, "a=x\r\n"),
    fill(HEAD + VIDEO, "a=rtcp-fb:* nack\r\n"),
    fill(HEAD + VIDEO, "a=ssrc:1 cname:x\r\n"),
    fill(HEAD + VIDEO, `a=${"x".repeat(4000)}\r\n`),
    fill(HEAD + VIDEO, `a=${":".repeat(4000)}\r\n`),
    fill(HEAD + VIDEO, `a=candidate:${"1 ".repeat(2000)}\r\n`, 1),
    fill(HEAD + VIDEO, "a=ssrc:1 x:y\r\n"),
    fill(HEAD, `${VIDEO}a=rtcp-fb:* nack\r\na=ssrc:1 cname:x\r\n`, 512),
    fill(HEAD, `a=group:X ${"a ".repeat(500)}a\r\n`, 8),
  ];
  const honest = fixture("chromium-camera-microphone");
  const honestMs = parsingMs(honest, Math.ceil((256 * 1024) / honest.length));
  const shares = texts.map((text) => parsingMs(text) / honestMs);
  t.diagnostic(`as many bytes of a browser's offers take ${honestMs.toFixed(1)} ms; ${shares.map((each) => each.toFixed(2))}`);
  for (const [index, share] of shares.entries()) assert.ok(share < 5, `${share} times: ${texts[index]?.slice(0, 120)}`);
});

test("any mutation of a real offer is read or refused, and what is read can be written", () => {
  const texts = [...fixtures.values()];
  const line = fc.oneof(
    fc.constantFrom(
      "m=video 9 UDP/TLS/RTP/SAVPF 96",
      "a=mid:0",
      "a=rid:q send",
      "a=group:BUNDLE",
      "a=rtcp-fb:* nack",
      "a=simulcast:",
      "m=audio 0 x 1",
    ),
    fc.string().map((value) => `a=${value}`),
    fc.string(),
  );
  const mutation = fc.record({
    at: fc.nat(),
    remove: fc.oneof(fc.constant(0), fc.nat(30)),
    insert: fc.oneof(
      fc.string({ maxLength: 12 }),
      line.map((text) => `\r\n${text}\r\n`),
      fc.nat().map(String),
      fc.constant("\0"),
    ),
  });
  fc.assert(
    fc.property(fc.nat(texts.length - 1), fc.array(mutation, { maxLength: 6 }), (index, mutations) => {
      let text = texts[index] ?? "";
      for (const { at, remove, insert } of mutations) {
        const start = at % (text.length + 1);
        text = text.slice(0, start) + insert + text.slice(start + remove);
      }
      const result = parseSessionDescription(text);
      if (result.ok) assert.deepEqual(parsed(serializeSessionDescription(result.description)), result.description);
      else assert.doesNotMatch(result.reason, /[\r\n]/);
    }),
    { numRuns: 2000 },
  );
});

test("random text is never read as a description", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 300 }), (text) => assert.equal(parseSessionDescription(text).ok, false)),
  );
});
