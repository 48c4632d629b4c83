import { SluiceError } from "@sluice/protocol";
import type { TracingConfig } from "./config.js";
import { SAMPLERS, type SamplerName } from "./sampler-names.js";

export const TRACES_ENDPOINT_RANGE = '"http://127.0.0.1:4318"';
export const TRACES_HEADERS_RANGE = '"authorization=Bearer …", several separated by commas';
const DEFAULT_ENDPOINT = "http://127.0.0.1:4318/v1/traces";
/** Where a collector takes spans when its URL says nothing else (OTLP/HTTP). */
const TRACES_PATH = "/v1/traces";
/** Pairs in a list, and characters of a value. */
const MAX_PAIRS = 64;
const MAX_VALUE_LENGTH = 4_096;

/** What the options say; undefined: nothing. */
export interface TracingValues {
  readonly isEnabled: boolean;
  readonly serviceName: string | undefined;
  readonly endpoint: string | undefined;
  readonly headers: ReadonlyMap<string, string> | undefined;
  readonly sampler: SamplerName | undefined;
  readonly ratio: number | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Undefined: nothing is traced. What no option says, OpenTelemetry's own environment variables do.
 *
 * @throws SluiceError `invalidArgument` for a variable that is wrong, named
 */
export function tracingConfig(values: TracingValues, environment: Environment): TracingConfig | undefined {
  if (!values.isEnabled || environment.OTEL_SDK_DISABLED?.toLowerCase() === "true") return undefined;
  const read = <T>(name: string, parse: (text: string) => T) => readVariable(environment, name, parse);
  return {
    serviceName: values.serviceName ?? read("OTEL_SERVICE_NAME", String) ?? "sluice",
    resourceAttributes: read("OTEL_RESOURCE_ATTRIBUTES", parsePairs) ?? new Map(),
    endpoint:
      values.endpoint ??
      // The one is the whole URL, the other is where all kinds of telemetry go.
      read("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", parseUrl) ??
      read("OTEL_EXPORTER_OTLP_ENDPOINT", (text) => parseUrl(text.replace(/\/*$/, TRACES_PATH))) ??
      DEFAULT_ENDPOINT,
    headers:
      values.headers ??
      read("OTEL_EXPORTER_OTLP_TRACES_HEADERS", parseTracesHeaders) ??
      read("OTEL_EXPORTER_OTLP_HEADERS", parseTracesHeaders) ??
      new Map(),
    sampler: values.sampler ?? read("OTEL_TRACES_SAMPLER", parseSampler) ?? "parentbased_always_on",
    ratio: values.ratio ?? read("OTEL_TRACES_SAMPLER_ARG", parseRatio) ?? 1,
  };
}

/** What the operator seems to want and will not get. */
export function tracingWarnings(tracing: TracingConfig | undefined, environment: Environment): string[] {
  const protocol = environment.OTEL_EXPORTER_OTLP_TRACES_PROTOCOL ?? environment.OTEL_EXPORTER_OTLP_PROTOCOL;
  if (tracing === undefined || protocol === undefined || protocol === "" || protocol === "http/json") return [];
  return [
    `traces leave as http/json, not ${protocol.slice(0, 32)}: the collector's port for OTLP over HTTP takes it, usually 4318`,
  ];
}

/** The path may be left out. Throws SluiceError `invalidArgument`. */
export function parseTracesEndpoint(text: string): string {
  const url = parseUrl(text);
  return new URL(url).pathname === "/" ? url.replace(/\/?(?=$|\?)/, TRACES_PATH) : url;
}

/** Throws SluiceError `invalidArgument`. */
export function parseTracesHeaders(text: string): ReadonlyMap<string, string> {
  const headers = parsePairs(text);
  for (const [name, value] of headers) {
    // RFC 9110 §5.1 and §5.5: what `fetch` would throw at, at every export.
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name) || !/^[\t -~]*$/.test(value)) throw mismatch(TRACES_HEADERS_RANGE);
  }
  return headers;
}

/** Throws SluiceError `invalidArgument`. */
export function parseRatio(text: string): number {
  const ratio = /^\d{0,3}\.?\d{0,15}$/.test(text) && /\d/.test(text) ? Number(text) : Number.NaN;
  if (!(ratio >= 0 && ratio <= 1)) throw mismatch("a number from 0 to 1");
  return ratio;
}

/** Throws SluiceError `invalidArgument`. */
export function parseSampler(text: unknown): SamplerName {
  const sampler = SAMPLERS.find((each) => each === text);
  if (sampler === undefined) throw mismatch(`one of ${SAMPLERS.join(", ")}`);
  return sampler;
}

function parseUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  // Browsers' fetch takes no user and password in a URL, and neither does Node's.
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.username !== "" || url.password !== "") {
    throw mismatch(`${TRACES_ENDPOINT_RANGE}, without a user and a password`);
  }
  return url.href;
}

/** `key=value`, several separated by commas, values percent-encoded (W3C Baggage, without properties). */
function parsePairs(text: string): ReadonlyMap<string, string> {
  const pairs = new Map<string, string>();
  for (const item of text.split(",")) {
    if (item.trim() === "") continue;
    const equals = item.indexOf("=");
    const key = item.slice(0, equals).trim();
    if (equals === -1 || key === "" || pairs.size === MAX_PAIRS) throw mismatch(`key=value, ${MAX_PAIRS} of them at most`);
    pairs.set(decode(key), decode(item.slice(equals + 1).trim()).slice(0, MAX_VALUE_LENGTH));
  }
  return pairs;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw mismatch("values in which % is written %25");
  }
}

function readVariable<T>(environment: Environment, name: string, parse: (text: string) => T): T | undefined {
  const text = environment[name];
  if (text === undefined || text === "") return undefined;
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
    throw new SluiceError(error.code, `${name}: ${error.message}`);
  }
}

function mismatch(expected: string): SluiceError {
  return new SluiceError("invalidArgument", `expected ${expected}`);
}
