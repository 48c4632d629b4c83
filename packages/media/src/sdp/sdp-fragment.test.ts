import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseSdpFragment, serializeSdpFragment } from "./sdp-fragment.js";

const PWD = "P2uYro0UCOQ4zxjKXaWCBui1";
const TRICKLED = [
  "a=ice-ufrag:EsAw",
  `a=ice-pwd:${PWD}`,
  "m=audio 9 RTP/AVP 0",
  "a=mid:0",
  "a=candidate:1387637174 1 udp 2122260223 192.0.2.1 61764 typ host generation 0 ufrag EsAw network-id 1",
  "a=candidate:473322822 1 tcp 1518280447 192.0.2.1 9 typ host tcptype active generation 0 ufrag EsAw",
  "a=candidate:1 1 udp 2122260223 0b0e8b37.local 61764 typ host",
  "a=end-of-candidates",
].join("\r\n");

function parsed(text: string) {
  const result = parseSdpFragment(text);
  assert.ok(result.ok, result.ok ? "" : result.reason);
  return result.fragment;
}

function reason(text: string): string {
  const result = parseSdpFragment(text);
  assert.ok(!result.ok);
  return result.reason;
}

test("[RFC8840 §9] credentials, candidates that can be used, and their end", () => {
  const { ice, candidates, endOfCandidates } = parsed(TRICKLED);
  assert.deepEqual(ice, { ufrag: "EsAw", pwd: PWD });
  assert.deepEqual(
    candidates.map(({ ip, port, tcpType = "udp" }) => [ip, port, tcpType]),
    [
      ["192.0.2.1", 61_764, "udp"],
      ["192.0.2.1", 9, "active"],
    ],
  );
  assert.equal(endOfCandidates, true);
});

test("credentials may stand in the sections, and nothing has to stand there at all", () => {
  const section = `m=audio 9 RTP/AVP 0\na=mid:0\na=ice-ufrag:EsAw\na=ice-pwd:${PWD}\n`;
  assert.deepEqual(parsed(section + section).ice, { ufrag: "EsAw", pwd: PWD });
  assert.deepEqual(parsed(""), { candidates: [], endOfCandidates: false });
});

test("what cannot be is refused, in words", () => {
  assert.match(reason("a=ice-ufrag:EsAw\r\n"), /stand together/);
  assert.match(reason(`a=ice-ufrag:E w\r\na=ice-pwd:${PWD}\r\n`), /ice-chars/);
  assert.match(reason(`${TRICKLED}\r\nm=video 9 RTP/AVP 0\r\na=ice-ufrag:Else\r\na=ice-pwd:${PWD}\r\n`), /different/);
  assert.match(reason("a=candidate:1 1 udp 1 192.0.2.1 1 typ host\r\n".repeat(65)), /more than 64 candidates/);
  assert.match(reason("m=audio 9 RTP/AVP 0\r\n".repeat(513)), /more than 512/);
  assert.match(reason("nonsense"), /not of the form/);
});

test("any mutation of a fragment is read or refused, and what is read can be written and read again", () => {
  const piece = fc.oneof(
    fc.string({ maxLength: 12 }),
    fc.constantFrom(
      "\r\n",
      "a=ice-ufrag:abcd",
      `a=ice-pwd:${PWD}`,
      "m=video 9 RTP/AVP 0",
      "a=candidate:",
      "a=end-of-candidates",
    ),
  );
  const mutation = fc.record({ at: fc.nat(TRICKLED.length), remove: fc.nat(40), insert: piece });
  fc.assert(
    fc.property(fc.array(mutation, { maxLength: 5 }), (mutations) => {
      let text = TRICKLED;
      for (const { at, remove, insert } of mutations) text = text.slice(0, at) + insert + text.slice(at + remove);
      const result = parseSdpFragment(text);
      if (!result.ok) return;
      assert.deepEqual(parsed(serializeSdpFragment(result.fragment, "audio", "0")), result.fragment);
    }),
  );
  fc.assert(fc.property(fc.string(), (text) => typeof parseSdpFragment(text).ok === "boolean"));
});
