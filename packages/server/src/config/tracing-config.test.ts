import assert from "node:assert/strict";
import { test } from "node:test";
import { SluiceError } from "@sluice/protocol";
import fc from "fast-check";
import { parseConfig } from "./parse-config.js";
import { parseRatio, parseTracesEndpoint, parseTracesHeaders } from "./tracing-config.js";

const parse = (flags: Readonly<Record<string, unknown>>, environment: Readonly<Record<string, string>> = {}, file?: unknown) =>
  parseConfig({ flags: { dev: true, ...flags }, environment, file, cpuCores: 1 });
const ON = { "telemetry.traces.enabled": true };

test("nothing is traced unless it is asked for", () => {
  assert.equal(parse({}).tracing, undefined);
  assert.equal(parse({}, { OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector:4318" }).tracing, undefined);
  assert.equal(parse(ON, { OTEL_SDK_DISABLED: "true" }).tracing, undefined);
  assert.deepEqual(parse(ON).tracing, {
    serviceName: "sluice",
    resourceAttributes: new Map(),
    endpoint: "http://127.0.0.1:4318/v1/traces",
    headers: new Map(),
    sampler: "parentbased_always_on",
    ratio: 1,
  });
});

test("OpenTelemetry's variables say what no option does", () => {
  const environment = {
    OTEL_SERVICE_NAME: "calls",
    OTEL_RESOURCE_ATTRIBUTES: "deployment.environment.name=prod,team=a%2Cb",
    OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector:4318/otlp/",
    OTEL_EXPORTER_OTLP_HEADERS: "authorization=Bearer%20abc, x-tenant=1",
    OTEL_TRACES_SAMPLER: "parentbased_traceidratio",
    OTEL_TRACES_SAMPLER_ARG: "0.25",
  };
  assert.deepEqual(parse(ON, environment).tracing, {
    serviceName: "calls",
    resourceAttributes: new Map([
      ["deployment.environment.name", "prod"],
      ["team", "a,b"],
    ]),
    endpoint: "http://collector:4318/otlp/v1/traces",
    headers: new Map([
      ["authorization", "Bearer abc"],
      ["x-tenant", "1"],
    ]),
    sampler: "parentbased_traceidratio",
    ratio: 0.25,
  });
  const traces = { ...environment, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://collector:4318/as/it/is" };
  assert.equal(parse(ON, traces).tracing?.endpoint, "http://collector:4318/as/it/is");
  const file = {
    telemetry: {
      "service-name": "ours",
      traces: { enabled: true, endpoint: "https://other", ratio: 0.5, sampler: "always_off", headers: "a=b" },
    },
  };
  const { tracing } = parse({}, environment, file);
  assert.deepEqual(
    [tracing?.serviceName, tracing?.endpoint, tracing?.ratio, tracing?.sampler, tracing?.headers.get("a")],
    ["ours", "https://other/v1/traces", 0.5, "always_off", "b"],
  );
});

test("what is wrong is refused by its name, and only where it counts", () => {
  const wrong: readonly [Record<string, string>, RegExp][] = [
    [{ OTEL_TRACES_SAMPLER: "jaeger_remote" }, /^OTEL_TRACES_SAMPLER: expected one of always_on/],
    [{ OTEL_TRACES_SAMPLER_ARG: "2" }, /^OTEL_TRACES_SAMPLER_ARG: expected a number from 0 to 1/],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: "collector:4318" }, /^OTEL_EXPORTER_OTLP_ENDPOINT: expected/],
    [{ OTEL_EXPORTER_OTLP_HEADERS: "nonsense" }, /^OTEL_EXPORTER_OTLP_HEADERS: expected key=value/],
    [{ OTEL_RESOURCE_ATTRIBUTES: "a=%" }, /^OTEL_RESOURCE_ATTRIBUTES: expected values in which % is written %25/],
  ];
  for (const [environment, message] of wrong) {
    assert.throws(() => parse(ON, environment), { message });
    assert.equal(parse({}, environment).tracing, undefined);
  }
  assert.throws(() => parse({ "telemetry.traces.headers": "a=b%0d%0ac: d" }), /--telemetry.traces.headers: expected/);
});

test("another protocol than the one there is, is warned about", () => {
  assert.match(parse(ON, { OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" }).warnings.join(), /http\/json, not grpc/);
  assert.deepEqual(parse(ON, { OTEL_EXPORTER_OTLP_PROTOCOL: "http/json" }).warnings, []);
});

test("any text: a value that can be used, or a refusal", () => {
  const expectRefusal = (error: unknown) => assert.ok(error instanceof SluiceError && error.code === "invalidArgument");
  const attempt = <T>(read: () => T, check: (value: T) => void) => {
    let value: T;
    try {
      value = read();
    } catch (error) {
      expectRefusal(error);
      return;
    }
    check(value);
  };
  const pairs = fc
    .array(fc.tuple(fc.string(), fc.string()))
    .map((each) => each.map(([key, value]) => `${key}=${value}`).join(","));
  fc.assert(
    fc.property(fc.oneof(fc.string(), pairs, fc.webUrl(), fc.double().map(String)), (text) => {
      attempt(
        () => parseTracesHeaders(text),
        (headers) => new Headers([...headers]),
      );
      attempt(
        () => parseTracesEndpoint(text),
        (url) => assert.ok(new URL(url).pathname !== "/"),
      );
      attempt(
        () => parseRatio(text),
        (ratio) => assert.ok(ratio >= 0 && ratio <= 1),
      );
    }),
    { numRuns: 1_000 },
  );
});
