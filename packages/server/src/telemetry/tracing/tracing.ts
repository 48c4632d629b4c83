/** Everything that tracing is made of. `main.ts` loads it when it is on; nobody else does. */
import { hostname } from "node:os";
import type { TracingConfig } from "../../config/config.js";
import type { Log } from "../../log/log.js";
import type { Clock } from "../../session/clock.js";
import { VERSION } from "../version.js";
import { createWallClock } from "../wall-clock.js";
import { createRandomIds } from "./random-ids.js";
import { RequestSpans } from "./request-spans.js";
import { createSampler } from "./sampler.js";
import { sendSpans } from "./send-spans.js";
import type { Attributes } from "./span.js";
import { SpanExporter } from "./span-exporter.js";
import { Tracer } from "./tracer.js";

export interface TracingOptions {
  readonly config: TracingConfig;
  readonly nodeId: string;
  readonly region: string;
  readonly clock: Clock;
  readonly log: Log;
}

export interface Tracing {
  readonly spans: RequestSpans;
  readonly exporter: SpanExporter;
}

export function openTracing({ config, nodeId, region, clock, log }: TracingOptions): Tracing {
  const { endpoint: url, headers, sampler, ratio } = config;
  const resource = { attributes: resourceAttributes(config, nodeId, region), version: VERSION };
  const exporter = new SpanExporter({ url, headers, resource, send: sendSpans, clock, random: Math.random, log });
  const tracer = new Tracer({
    sink: exporter,
    sampler: createSampler(sampler, ratio),
    unixUs: createWallClock(),
    randomHex: createRandomIds(),
  });
  return { spans: new RequestSpans(tracer), exporter };
}

/** What the operator says wins, but for the name of the service, which has an option of its own. */
function resourceAttributes(
  { serviceName, resourceAttributes: said }: TracingConfig,
  nodeId: string,
  region: string,
): Attributes {
  return {
    "service.version": VERSION,
    "service.instance.id": nodeId,
    "host.name": hostname(),
    "process.pid": process.pid,
    ...(region === "" ? {} : { "cloud.region": region }),
    ...Object.fromEntries(said),
    "service.name": serviceName,
  };
}
