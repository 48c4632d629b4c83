import assert from "node:assert/strict";
import { test } from "node:test";
import { parseStunServer, parseTurnServers } from "../config/ice-servers-config.js";
import { MemoryNode } from "../testing/memory-node.js";
import { iceServersFor } from "./ice-servers.js";

test("nothing is configured, nothing is told", () => {
  assert.deepEqual(iceServersFor({ stunServers: [], turnServers: [] }, "PA_1", 1_000), []);
});

test("servers are told as RFC 7064 and RFC 7065 write them", () => {
  const login = { username: "u", credential: "c" };
  const turnServers = parseTurnServers([
    { host: "turn.example", ...login },
    { host: "192.0.2.1", port: 80, protocol: "tcp", ...login },
    { host: "2001:db8::1", port: 443, protocol: "tls", ...login },
  ]);
  const stunServers = ["stun.example", "stun:[2001:db8::1]:19302"].map(parseStunServer);
  assert.deepEqual(iceServersFor({ stunServers, turnServers }, "PA_1", 1_000), [
    { urls: ["stun:stun.example:3478", "stun:[2001:db8::1]:19302"] },
    { urls: ["turn:turn.example:3478?transport=udp"], ...login },
    { urls: ["turn:192.0.2.1:80?transport=tcp"], ...login },
    { urls: ["turns:[2001:db8::1]:443?transport=tcp"], ...login },
  ]);
});

test("credentials of a shared secret are the participant's own and end", () => {
  const turnServers = parseTurnServers([{ host: "t", secret: "north", ttl: 3_600 }]);
  const [server] = iceServersFor({ stunServers: [], turnServers }, "PA_1", 1_700_000_000.9);
  assert.equal(server?.username, "1700003600:PA_1");
  // printf '1700003600:PA_1' | openssl dgst -sha1 -hmac north -binary | base64
  assert.equal(server?.credential, "yuzthm71VtVn1yeF250w4pJ16B4=");
});

test("who joins is told the node's ICE servers", () => {
  const turn = [{ host: "t", secret: "north" }];
  const node = new MemoryNode({ flags: { "rtc.stun-servers": "s:1", rtc: { turnServers: turn } } });
  const client = node.client("ann");
  const { iceServers, participant } = client.join();
  assert.deepEqual(iceServers[0], { urls: ["stun:s:1"] });
  assert.match(iceServers[1]?.username ?? "", new RegExp(`^\\d+:${participant.participantId}$`));
});
