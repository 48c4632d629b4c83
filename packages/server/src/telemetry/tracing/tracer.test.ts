import assert from "node:assert/strict";
import { test } from "node:test";
import { instant } from "@sluice/media";
import { SluiceError } from "@sluice/protocol";
import fc from "fast-check";
import { ConnectionTrace, JOINING_MS } from "./connection-trace.js";
import { createRandomIds } from "./random-ids.js";
import { createSampler } from "./sampler.js";
import { type FinishedSpan, MAX_ATTRIBUTE_LENGTH, MAX_ATTRIBUTES } from "./span.js";
import { parseTraceparent } from "./trace-context.js";
import { MAX_COMMAND_SPANS, Tracer } from "./tracer.js";

const TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

function open(ratio = 1) {
  const spans: FinishedSpan[] = [];
  let us = 0;
  const tracer = new Tracer({
    sink: { push: (span) => spans.push(span) },
    sampler: createSampler("parentbased_traceidratio", ratio),
    unixUs: () => ++us,
    randomHex: createRandomIds(),
  });
  return { tracer, spans };
}

test("a step is below the active span, and what it throws goes on and makes it failed", () => {
  const { tracer, spans } = open();
  const span = tracer.start("join");
  const refuse = () => {
    throw new SluiceError("notFound", "there is none");
  };
  assert.throws(() => tracer.run(span, () => tracer.step("room join", refuse)), SluiceError);
  assert.equal(tracer.active, undefined);
  span.end();
  span.end();
  assert.deepEqual(
    spans.map(({ name, parent, isError, attributes }) => [name, parent, isError, attributes]),
    [
      ["room join", span.context, true, { "error.type": "notFound" }],
      ["join", undefined, false, {}],
    ],
  );
});

test("what is not sampled keeps nothing, and whoever comes after it knows", () => {
  const { tracer, spans } = open(0);
  const span = tracer.start("join");
  tracer.run(span, () => {
    tracer.step("room join", () => assert.equal(tracer.active, span));
    assert.equal(tracer.takeCommandContext(), undefined);
  });
  tracer.start("offer", { parent: span.context }).end();
  span.end();
  assert.deepEqual(spans, []);
});

test("a worker's report becomes a span below the one that sent the command, so many at most", () => {
  const { tracer, spans } = open();
  const span = tracer.start("offer");
  const contexts = tracer.run(span, () =>
    Array.from({ length: MAX_COMMAND_SPANS + 5 }, () => tracer.takeCommandContext()).filter((each) => each !== undefined),
  );
  assert.equal(contexts.length, MAX_COMMAND_SPANS);
  const [traceparent = ""] = contexts;
  const report = { type: "commandDone", command: "openTransport", objectId: "TP_1", startedUs: 10, endedUs: 12 } as const;
  tracer.handleCommandDone(3, { ...report, traceparent, isFailed: true });
  tracer.handleCommandDone(3, { ...report, traceparent: "nonsense", isFailed: false });
  const [worker, ...more] = spans;
  assert.equal(more.length, 0);
  assert.deepEqual([worker?.parent, worker?.startedUs, worker?.endedUs, worker?.isError], [span.context, 10, 12, true]);
  assert.deepEqual(worker?.attributes, {
    "sluice.worker.index": 3,
    "sluice.object.id": "TP_1",
    "error.type": "commandFailed",
  });
});

test("a connection's first requests are below its upgrade, later ones are linked to it, and some say whose they are", () => {
  const { tracer, spans } = open();
  const upgrade = tracer.start("GET /rpc");
  const trace = new ConnectionTrace(tracer, upgrade.context, instant(0));
  const request = (method: string, ms: number, traceparent?: string) =>
    trace.run(
      { system: "jsonrpc", method, traceparent },
      instant(ms * 1000),
      () => "ok",
      (outcome) => ({ outcome, statusCode: outcome }),
    );
  request("join", JOINING_MS - 1);
  request("subscribe", JOINING_MS);
  request("mute", JOINING_MS, TRACEPARENT);
  request("ping", 1);
  const { context } = upgrade;
  assert.deepEqual(
    spans.map(({ name, parent, links }) => [name, parent, links]),
    [
      ["join", context, []],
      ["subscribe", undefined, [context]],
      ["mute", parseTraceparent(TRACEPARENT), [context]],
    ],
  );
  const traceIds = new Set(spans.map(({ context: { traceId } }) => traceId));
  assert.equal(traceIds.size, 3);
});

test("whatever is said of a span, it is bounded", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.string(), fc.oneof(fc.string({ maxLength: 600 }), fc.integer())), { maxLength: 60 }),
      (said) => {
        const { tracer, spans } = open();
        const span = tracer.start("offer");
        for (const [name, value] of said) span.set(name, value);
        span.end();
        const values = Object.values(spans[0]?.attributes ?? {});
        assert.ok(values.length <= MAX_ATTRIBUTES);
        assert.ok(values.every((value) => typeof value !== "string" || value.length <= MAX_ATTRIBUTE_LENGTH));
      },
    ),
  );
});
