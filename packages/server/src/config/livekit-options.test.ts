import assert from "node:assert/strict";
import { test } from "node:test";
import { SluiceError } from "@sluice/protocol";
import fc from "fast-check";
import { parse as parseYaml } from "yaml";
import { parseConfig } from "./parse-config.js";

const KEYS = "keys: {k: a-secret-of-at-least-thirty-two-bytes}\n";
const parse = (yaml: string) => parseConfig({ flags: {}, environment: {}, file: parseYaml(KEYS + yaml), cpuCores: 1 });

test("a LiveKit configuration means the same here, and what a node cannot do is said once each", () => {
  const config = parse(`
port: 7890
bind_addresses: ["127.0.0.1", "::1"]
region: eu-west
redis:
  address: localhost:6379
  username: who
rtc:
  udp_port: 7900-7910
  tcp_port: 7901
  node_ip: 192.0.2.7
  use_external_ip: false
  stun_servers: [stun.example.org, "192.0.2.8:3479"]
  turn_servers:
    - {host: turn.example.org, port: 443, protocol: tls, secret: north, ttl: 3600}
  congestion_control:
    enabled: true
    allow_pause: false
room:
  auto_create: false
  empty_timeout: 60
  departure_timeout: 30
  max_participants: 12
  enable_remote_unmute: true
  sync_streams: true
  playout_delay: {enabled: true, min: 100, max: 2000}
  enabled_codecs: [{mime: audio/opus}, {mime: video/vp8}, {mime: video/h265}]
  room_configurations:
    big: {max_participants: 500, empty_timeout: 10, agents: [{agent_name: scribe}]}
  enable_full_room_in_webhooks: true
audio:
  active_level: 40
  min_percentile: 20
  update_interval: 500
  smooth_intervals: 4
webhook:
  api_key: k
  urls: ["https://app.example/hook"]
  filter_params: {exclude_events: [track_published, egress_started]}
turn:
  enabled: false
limit:
  num_tracks: -1
  bytes_per_sec: 1_000_000_000
logging:
  level: warning
  json: true
  pion_level: error
`);
  assert.deepEqual(config.bindAddresses, [
    { host: "127.0.0.1", port: 7_890 },
    { host: "::1", port: 7_890 },
  ]);
  assert.deepEqual([config.region, config.udpPort, config.tcpPort, config.nodeIp], ["eu-west", 7_900, 7_901, "192.0.2.7"]);
  assert.deepEqual(config.log, { level: "warn", format: "json" });
  assert.deepEqual(config.iceServers.stunServers, ["stun.example.org:3478", "192.0.2.8:3479"]);
  assert.equal(config.iceServers.turnServers[0]?.protocol, "tls");
  assert.deepEqual(config.room, {
    autoCreate: false,
    emptyTimeoutMs: 60_000,
    departureTimeoutMs: 30_000,
    maxParticipants: 12,
    enableRemoteUnmute: true,
    syncStreams: true,
    minPlayoutDelayMs: 100,
    maxPlayoutDelayMs: 2_000,
    enabledCodecs: ["audio/opus", "video/VP8", "video/rtx"],
    presets: new Map([["big", { maxParticipants: 500, emptyTimeout: 10, agents: [{ agentName: "scribe" }] }]]),
  });
  assert.deepEqual(config.audio, {
    loudestSpeakers: 0,
    activeLevel: 40,
    minActiveRatio: 0.2,
    updateIntervalMs: 500,
    smoothIntervals: 4,
  });
  assert.deepEqual(config.webhook, {
    apiKey: "k",
    urls: ["https://app.example/hook"],
    filter: { include: [], exclude: ["track_published", "egress_started"] },
  });
  assert.deepEqual(
    config.warnings.map((warning) => /^(\S+) is not supported: ./.exec(warning)?.[1]),
    ["redis", "rtc.use_external_ip", "rtc.congestion_control", "turn", "limit", "logging.pion_level"],
  );
});

test("development is dev, and a port or an address alone is enough", () => {
  const development = parseConfig({ flags: {}, environment: {}, file: { development: true, port: 7_000 }, cpuCores: 1 });
  assert.ok(development.isDev);
  assert.deepEqual(development.bindAddresses, [{ host: undefined, port: 7_000 }]);
  assert.deepEqual(parse("bind_addresses: ['']").bindAddresses, [{ host: undefined, port: 7_880 }]);
  assert.deepEqual(parse("bind_addresses: []\nport: 9").bindAddresses, [{ host: undefined, port: 9 }]);
});

test("what has nothing behind it is not set, as in LiveKit's sample file", () => {
  assert.deepEqual(parse("rtc:\nturn:\nwebhook:\n  urls:\n").webhook.urls, []);
});

test("one option under two names, a wrong value and a wrong name are errors with the name as it was written", () => {
  assert.throws(() => parse("udp-port: 1\nrtc: {udp_port: 2}"), /rtc\.udp_port and udp-port are one option/);
  assert.throws(() => parse("bind-address: ':1'\nport: 2"), /port and bind-address are one option/);
  assert.throws(() => parse("rtc: {udp_port: 70000}"), /rtc\.udp_port in the configuration file: expected a whole number/);
  assert.throws(
    () => parse("room: {emty_timeout: 1}"),
    /unknown option room\.emty-timeout: did you mean room\.empty-timeout\?/,
  );
  assert.throws(() => parse("webhook: {urls: [app.example]}"), /webhook\.urls in the configuration file: expected/);
  assert.throws(() => parse("webhook: {api_key: other}"), /webhook\.api-key: "other" is not one of keys/);
  assert.throws(
    () => parse("webhook: {filter_params: {include_events: [room_strated]}}"),
    /no event "room_strated": did you mean room_started\?/,
  );
  assert.throws(() => parse("room: {playout_delay: {enabled: true, min: 5, max: 4}}"), /min is above max/);
});

test("flags have our names only", () => {
  const flags = { dev: true, redis: { address: "x" } };
  assert.throws(() => parseConfig({ flags, environment: {}, file: {}, cpuCores: 1 }), /unknown flag --redis/);
});

test("any YAML text: a Config or a SluiceError, once it is YAML", () => {
  const key = fc.constantFrom(
    "port",
    "bind_addresses",
    "keys",
    "rtc",
    "udp_port",
    "turn_servers",
    "room",
    "playout_delay",
    "room_configurations",
    "enabled_codecs",
    "audio",
    "webhook",
    "urls",
    "filter_params",
    "redis",
    "limit",
    "__proto__",
    "constructor",
    "min",
    "x",
  );
  const value = fc.letrec((tie) => ({
    node: fc.oneof(
      { depthSize: "small" },
      fc.oneof(fc.constant(null), fc.boolean(), fc.integer(), fc.string(), fc.constantFrom("7880-7890", "video/vp8", ":1")),
      fc.array(tie("node"), { maxLength: 3 }),
      fc.dictionary(key, tie("node"), { maxKeys: 4 }),
    ),
  })).node;
  fc.assert(
    fc.property(fc.dictionary(key, value, { maxKeys: 6 }), (file) => {
      try {
        parseConfig({ flags: { dev: true }, environment: {}, file: parseYaml(JSON.stringify(file)), cpuCores: 1 });
      } catch (error) {
        assert.ok(error instanceof SluiceError, String(error));
      }
    }),
    { numRuns: 500 },
  );
});
