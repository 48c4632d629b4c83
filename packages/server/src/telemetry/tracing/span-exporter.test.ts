/** Against a listener that answers as collectors do, and does not. */
import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { type TestContext, test } from "node:test";
import fc from "fast-check";
import { createLog } from "../../log/log.js";
import { SYSTEM_CLOCK } from "../../session/clock.js";
import { OtlpCollector } from "../../testing/otlp-collector.js";
import { VirtualClock } from "../../testing/virtual-clock.js";
import { rejectedSpans, sendSpans } from "./send-spans.js";
import type { FinishedSpan } from "./span.js";
import { SpanExporter } from "./span-exporter.js";
import { BATCH_DELAY_MS, type ExportOutcome } from "./span-queue.js";

const log = createLog({ level: "fatal", format: "json" });
const SPAN: FinishedSpan = {
  context: { traceId: "ab".repeat(16), spanId: "cd".repeat(8), isSampled: true, isRemote: false },
  parent: undefined,
  links: [],
  name: "join",
  kind: "server",
  startedUs: 1,
  endedUs: 2,
  attributes: {},
  isError: false,
};

const answerWith = (status: number, body = "", headers: Readonly<Record<string, string>> = {}) => {
  return (response: ServerResponse) => void response.writeHead(status, headers).end(body);
};

async function open(t: TestContext) {
  const collector = await OtlpCollector.open();
  t.after(() => collector.close());
  const send = () =>
    sendSpans({ url: collector.url, headers: new Map(), body: '{"resourceSpans":[]}' }, new AbortController().signal);
  return { collector, send };
}

test("[OTLP] a collector's answer says whether spans were taken, all of them, later or never", async (t) => {
  const { collector, send } = await open(t);
  const partial = '{"partialSuccess":{"rejectedSpans":"2","errorMessage":"too old"}}';
  const cases: readonly [(response: ServerResponse) => void, ExportOutcome][] = [
    [answerWith(200, "{}"), { type: "exported", rejected: 0 }],
    [answerWith(200, partial), { type: "exported", rejected: 2 }],
    [answerWith(400, "what is that"), { type: "refused" }],
    [answerWith(307, "", { location: "http://127.0.0.1:1/" }), { type: "refused" }],
    [answerWith(503, "", { "retry-after": "7" }), { type: "failed", retryAfterMs: 7_000 }],
    [answerWith(429, "", { "retry-after": "soon" }), { type: "failed" }],
    [(response) => response.destroy(), { type: "failed" }],
    [answerWith(200, "x".repeat(1_000_000)), { type: "exported", rejected: 0 }],
  ];
  for (const [answer, outcome] of cases) {
    collector.answers.push(answer);
    assert.deepEqual((await send()).outcome, outcome);
  }
});

test("nobody listens: later, and why", async (t) => {
  const { collector, send } = await open(t);
  await collector.close();
  const { outcome, why } = await send();
  assert.deepEqual(outcome, { type: "failed" });
  assert.match(why ?? "", /ECONNREFUSED/);
});

test("any answer says a count, never an exception", () => {
  const fields = fc.record({ partialSuccess: fc.record({ rejectedSpans: fc.anything() }) });
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json(),
        fields.map((value) => JSON.stringify(value)),
      ),
      (answer) => {
        const rejected = rejectedSpans(answer);
        assert.ok(Number.isInteger(rejected) && rejected >= 0);
      },
    ),
  );
});

test("a collector that was down gets everything once it is there", async (t) => {
  const { collector } = await open(t);
  const clock = new VirtualClock();
  const replies: string[] = [];
  let wake = () => {};
  const exporter = new SpanExporter({
    url: collector.url,
    headers: new Map(),
    resource: { attributes: {}, version: "" },
    async send(request, signal) {
      const reply = await sendSpans(request, signal);
      replies.push(reply.outcome.type);
      // Its owner has looked at it by then.
      setImmediate(() => wake());
      return reply;
    },
    clock,
    random: () => 1,
    log,
  });
  const replied = (count: number) =>
    new Promise<void>((resolve) => {
      wake = () => (replies.length >= count ? resolve() : undefined);
      wake();
    });
  collector.answers.push(answerWith(503), answerWith(502));
  exporter.push(SPAN);
  clock.advance(BATCH_DELAY_MS);
  await replied(1);
  exporter.push(SPAN);
  clock.advance(60_000);
  await replied(2);
  clock.advance(60_000);
  await replied(3);
  assert.deepEqual(replies, ["failed", "failed", "exported"]);
  assert.equal(collector.spans.length, 2);
  assert.deepEqual([exporter.counters.exported, exporter.counters.retried, exporter.queuedCount], [2, 2, 0]);
});

test("at its close what is left leaves at once, and a collector that hangs is not waited for", async (t) => {
  const { collector } = await open(t);
  const create = () =>
    new SpanExporter({
      url: collector.url,
      headers: new Map([["x-tenant", "ours"]]),
      resource: { attributes: {}, version: "" },
      send: sendSpans,
      clock: SYSTEM_CLOCK,
      random: () => 1,
      log,
    });
  const quick = create();
  quick.push(SPAN);
  await quick.close(60_000);
  assert.equal(collector.spans.length, 1);
  assert.equal(collector.headers[0]?.["x-tenant"], "ours");
  collector.answers.push(() => undefined);
  const stuck = create();
  stuck.push(SPAN);
  await stuck.close(1);
  stuck.push(SPAN);
  assert.deepEqual([stuck.counters.shutdown, stuck.queuedCount], [2, 0]);
});
