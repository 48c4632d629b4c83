import assert from "node:assert/strict";
import { test } from "node:test";
import { serializeCandidate, type TransportAddress } from "@sluice/media";
import { hostCandidates, localCandidates } from "./host-candidates.js";

const socket = (family: "IPv4" | "IPv6", ip: string, port: number): TransportAddress => ({ family, ip, port });
const UDP = [socket("IPv4", "0.0.0.0", 7_882), socket("IPv6", "::", 7_882)];
const TCP = [socket("IPv4", "0.0.0.0", 7_881), socket("IPv6", "::", 7_881)];

test("each announced address by UDP, then by TCP: best first, and a foundation for each", () => {
  const candidates = hostCandidates(["192.0.2.7", "2001:db8::7"], UDP, TCP);
  assert.deepEqual(
    candidates.map((candidate) => serializeCandidate(candidate).replace(/ 1 (udp|tcp) \d+/, " $1")),
    [
      "candidate:1 udp 192.0.2.7 7882 typ host",
      "candidate:2 udp 2001:db8::7 7882 typ host",
      "candidate:3 tcp 192.0.2.7 7881 typ host tcptype passive",
      "candidate:4 tcp 2001:db8::7 7881 typ host tcptype passive",
    ],
  );
  const priorities = candidates.map(({ priority }) => priority);
  assert.deepEqual(
    priorities,
    priorities.toSorted((a, b) => b - a),
  );
  assert.equal(new Set(priorities).size, 4);
});

test("without TCP, and for a family that has no socket, there is nothing to announce", () => {
  assert.equal(hostCandidates(["192.0.2.7"], UDP, []).length, 1);
  assert.deepEqual(hostCandidates(["2001:db8::7"], [socket("IPv4", "0.0.0.0", 1)], []), []);
});

test("the node's other workers come by UDP, and by loopback where every address is bound", () => {
  assert.deepEqual(
    localCandidates([...UDP, socket("IPv4", "192.0.2.7", 9)]).map(({ ip, port }) => [ip, port]),
    [
      ["127.0.0.1", 7_882],
      ["::1", 7_882],
      ["192.0.2.7", 9],
    ],
  );
});
