/** Prometheus scrapes a node: everything that is told is in the tables, and moves when something happens. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { METRICS, type MetricName, parseExposition, type ScrapedFamily } from "@sluice/server/telemetry";
import { Bots, receiving } from "./harness/bots.js";
import { promtoolComplaints } from "./harness/promtool.js";
import { TestNode } from "./harness/test-node.js";
import { WebhookCollector } from "./harness/webhook-collector.js";

const bots = new Bots();
after(() => bots.close());

/** Tables that only what goes wrong fills, and those of tracing, which is off. */
const UNSEEN: ReadonlySet<string> = new Set<MetricName>([
  "sluice_participants_aborted_total",
  "sluice_trace_spans_queued",
  "sluice_trace_spans_exported_total",
  "sluice_trace_exports_retried_total",
  "sluice_trace_spans_dropped_total",
]);

type Families = ReadonlyMap<string, ScrapedFamily>;

async function scrape(node: TestNode): Promise<Families> {
  const text = await (await fetch(`${node.server.adminUrl}/metrics`)).text();
  assert.equal(promtoolComplaints(text), "");
  return parseExposition(text);
}

/** The sum of a family's samples that have these labels; of a histogram, how often something was recorded. */
function total(families: Families, name: MetricName, labels: Readonly<Record<string, string>> = {}): number {
  const sample = METRICS[name].type === "histogram" ? `${name}_count` : name;
  return (families.get(name)?.samples ?? [])
    .filter((each) => each.name === sample && Object.entries(labels).every(([label, text]) => each.labels[label] === text))
    .reduce((sum, { value }) => sum + value, 0);
}

test("a scrape has every metric of the tables, and what two bots send and receive moves them", async (t) => {
  const webhooks = await WebhookCollector.open("devkey", "secret", 0);
  t.after(() => webhooks.close());
  const flags = { "metrics.enabled": true, "admin.bind-address": "127.0.0.1:0", "webhook.urls": webhooks.url };
  const node = await TestNode.start({ workers: 2, flags });
  t.after(() => node.close());
  const before = await scrape(node);
  const [ann, bob] = [await bots.join(node, "metrics", "ann"), await bots.join(node, "metrics", "bob")];
  await Promise.all([receiving(ann, 2), receiving(bob, 2)]);
  const during = await scrape(node);
  const moved = (name: MetricName, labels?: Readonly<Record<string, string>>) => {
    const [from, to] = [total(before, name, labels), total(during, name, labels)];
    assert.ok(to > from, `${name}${JSON.stringify(labels ?? {})}: ${from}, then ${to}`);
    return to - from;
  };
  assert.equal(moved("sluice_rooms"), 1);
  assert.equal(moved("sluice_routers"), 1);
  assert.equal(moved("sluice_participants", { door: "jsonrpc" }), 2);
  assert.equal(moved("sluice_participants_joined_total", { door: "jsonrpc" }), 2);
  assert.equal(moved("sluice_join_duration_seconds", { door: "jsonrpc" }), 2);
  assert.equal(moved("sluice_media_connect_duration_seconds", { door: "jsonrpc" }), 2);
  assert.equal(moved("sluice_signaling_requests_total", { method: "join", code: "ok" }), 2);
  assert.equal(moved("sluice_transports", { leg: "client", state: "connected" }), 2);
  for (const kind of ["audio", "video"]) {
    assert.equal(moved("sluice_tracks", { kind }), 2);
    assert.equal(moved("sluice_subscriptions", { kind }), 2);
    assert.equal(moved("sluice_producers", { leg: "client", kind }), 2);
    assert.equal(moved("sluice_consumers", { leg: "client", kind }), 2);
    moved("sluice_rtp_packets_received_total", { leg: "client", kind });
    moved("sluice_rtp_packets_sent_total", { leg: "client", kind });
    moved("sluice_rtp_payload_bytes_sent_total", { leg: "client", kind });
  }
  assert.equal(total(during, "sluice_transports", { leg: "pipe" }), 0);
  moved("sluice_transport_bytes_received_total", { leg: "client" });
  moved("sluice_transport_bytes_sent_total", { leg: "client" });
  moved("sluice_ice_messages_total", { outcome: "answered" });
  moved("sluice_datagrams_received_total", { protocol: "udp" });
  moved("sluice_datagrams_sent_total", { protocol: "udp" });
  moved("sluice_key_frames_received_total");
  moved("sluice_rtcp_packets_received_total", { type: "receiver_report" });
  moved("sluice_rtcp_packets_sent_total", { type: "sender_report" });
  // A datagram that leaves in a batch leaves by UDP; those of timers are not in it.
  const timed = moved("sluice_forwarding_delay_seconds");
  assert.ok(timed <= total(during, "sluice_datagrams_sent_total", { protocol: "udp" }));
  moved("sluice_event_loop_delay_seconds", { process: "control" });
  moved("sluice_event_loop_delay_seconds", { process: "worker-1" });
  moved("sluice_webhooks_delivered_total");

  await bots.leave(ann);
  const later = await scrape(node);
  assert.equal(total(later, "sluice_participants"), 1);
  assert.equal(total(later, "sluice_participants_left_total", { reason: "client_left" }), 1);
  for (const [name, { type, samples }] of during) {
    if (type !== "counter" && type !== "histogram") continue;
    for (const { name: part, labels, value } of samples) {
      const after = later
        .get(name)
        ?.samples.find((each) => each.name === part && JSON.stringify(each.labels) === JSON.stringify(labels));
      assert.ok((after?.value ?? -1) >= value, `${part}${JSON.stringify(labels)} fell from ${value} to ${after?.value}`);
    }
  }
  assert.deepEqual(
    [...later.keys()].filter((name) => !(name in METRICS)),
    [],
  );
  assert.deepEqual(
    Object.keys(METRICS).filter((name) => !later.has(name) && !UNSEEN.has(name)),
    // Nobody has called the server's API.
    ["sluice_api_requests_total", "sluice_api_request_duration_seconds"],
  );
  assert.deepEqual([...node.complaints, ...bots.complaints], []);
});
