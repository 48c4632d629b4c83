import assert from "node:assert/strict";
import { test } from "node:test";
import { parseSdpFragment } from "@sluice/media";
import { SluiceError } from "@sluice/protocol";
import fc from "fast-check";
import { MemoryNode } from "../../testing/memory-node.js";
import { PeerOffer } from "../../testing/peer-offer.js";
import { HttpSession } from "./http-session.js";
import { parseIfMatch } from "./if-match.js";

const PWD = "abcdefghijklmnopqrstuv";

function open(sdp: string) {
  const { rooms, clock, workers } = new MemoryNode();
  const claims = { iss: "key", sub: "encoder", exp: 1, video: { room: "demo", roomJoin: true } };
  let ends = 0;
  const onEnded = () => {
    ends += 1;
  };
  const session = new HttpSession({ rooms, door: "whip", clock, claims, token: "a.b.c", sdp, begin: () => [], onEnded });
  return { session, rooms, workers, ends: () => ends };
}

function offer(): string {
  const peer = new PeerOffer();
  peer.addSection("video", "sendonly");
  return peer.createSdp();
}

test("whatever fragments say, in whatever order: an answer or a refusal, and the session goes on in one Transport", () => {
  const line = fc.oneof(
    fc.constantFrom(
      "m=audio 9 RTP/AVP 0",
      "a=mid:0",
      "a=end-of-candidates",
      "a=candidate:1 1 udp 1 192.0.2.1 1 typ host",
      "a=x",
    ),
    fc.constantFrom("abcd", "efgh", "ijkl").map((ufrag) => `a=ice-ufrag:${ufrag}\r\na=ice-pwd:${PWD}`),
    fc.constantFrom("$&$1+", "abc", "a\\nb/").map((ufrag) => `a=ice-ufrag:${ufrag}\r\na=ice-pwd:${PWD}`),
  );
  const patch = fc.record({
    text: fc.array(line, { maxLength: 6 }).map((lines) => lines.join("\r\n")),
    match: fc.constantFrom("*", "current", "other", undefined),
  });
  fc.assert(
    fc.property(fc.array(patch, { maxLength: 8 }), (patches) => {
      const { session, rooms, workers } = open(offer());
      for (const { text, match } of patches) {
        const result = parseSdpFragment(text);
        if (!result.ok) continue;
        const header = match === "current" ? `"${session.entityTag}"` : match;
        const before = session.entityTag;
        try {
          const { status } = session.patch(parseIfMatch(header), result.fragment);
          assert.ok([200, 204, 412, 428].includes(status));
          assert.equal(session.entityTag !== before, status === 200);
        } catch (error) {
          assert.ok(error instanceof SluiceError && error.code === "invalidArgument", String(error));
          assert.equal(session.entityTag, before);
        }
      }
      assert.ok(rooms.find("demo")?.room.withIdentity("encoder"));
      assert.equal(workers.ready[0]?.take("openTransport").length, 1);
    }),
  );
});

test("an o= line whose version cannot grow is refused at a restart, and ICE goes on as it was", () => {
  const { session } = open(offer().replace(/^o=(\S+ \d+) \d+/m, `o=$1 ${"9".repeat(20)}`));
  const before = session.entityTag;
  const result = parseSdpFragment(`a=ice-ufrag:efgh\r\na=ice-pwd:${PWD}\r\n`);
  assert.ok(result.ok);
  assert.throws(() => session.patch({ type: "any" }, result.fragment), /malformed o= line/);
  assert.equal(session.entityTag, before);
  assert.equal(session.patch({ type: "tags", tags: [before] }, { candidates: [], endOfCandidates: true }).status, 204);
});

test("a session ends once, however often it is ended", () => {
  const { session, rooms, ends } = open(offer());
  session.leave();
  session.leave();
  session.close();
  assert.deepEqual([ends(), session.isEnded], [1, true]);
  assert.equal(rooms.find("demo")?.room.withIdentity("encoder"), undefined);
});

test("what cannot begin leaves nobody behind, and has not ended either", () => {
  const { rooms, clock } = new MemoryNode();
  const claims = { iss: "key", sub: "encoder", exp: 1, video: { room: "demo", roomJoin: true } };
  const refuse = () => {
    throw new SluiceError("permissionDenied", "no");
  };
  const onEnded = () => assert.fail("it never was");
  assert.throws(
    () => new HttpSession({ rooms, door: "whip", clock, claims, token: "a", sdp: offer(), begin: refuse, onEnded }),
    /no/,
  );
  assert.equal(rooms.find("demo")?.room.withIdentity("encoder"), undefined);
});
