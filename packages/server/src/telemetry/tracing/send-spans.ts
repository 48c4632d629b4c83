import type { ExportOutcome } from "./span-queue.js";

export interface SpanRequest {
  readonly url: string;
  readonly headers: ReadonlyMap<string, string>;
  /** JSON. */
  readonly body: string;
}

/** What became of a request, and what went wrong, for the log. */
export interface SpanReply {
  readonly outcome: ExportOutcome;
  readonly why?: string;
}

/** Carries one request to the collector; never rejects. `signal` calls it off. */
export type SendSpans = (request: SpanRequest, signal: AbortSignal) => Promise<SpanReply>;

/** OTLP's own default. */
const REQUEST_TIMEOUT_MS = 10_000;
/** Of an answer, bytes: it says how many spans were not taken, and why. */
const MAX_ANSWER_BYTES = 16_384;
/** OTLP specification, "Failures": all others are for good. */
const PASSING_STATUSES: ReadonlySet<number> = new Set([429, 502, 503, 504]);
/** Of `Retry-After`, s. */
const MAX_RETRY_AFTER = 3_600;

/** By OTLP/HTTP. A redirection is not followed: headers with a secret are for the address that the configuration names. */
export const sendSpans: SendSpans = async ({ url, headers, body }, signal) => {
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { ...Object.fromEntries(headers), "content-type": "application/json", "user-agent": "sluice" },
      body,
      redirect: "manual",
      signal: AbortSignal.any([signal, AbortSignal.timeout(REQUEST_TIMEOUT_MS)]),
    });
    const answer = await readStart(response);
    if (response.ok) return { outcome: { type: "exported", rejected: rejectedSpans(answer) } };
    const why = `status ${response.status}`;
    if (!PASSING_STATUSES.has(response.status)) return { outcome: { type: "refused" }, why };
    return { outcome: { type: "failed", ...retryAfter(response.headers.get("retry-after")) }, why };
  } catch (error) {
    return { outcome: { type: "failed" }, why: reasonOf(error) };
  }
};

/** The rest is not read. Undefined: it is longer than anything that is said here. */
async function readStart({ body }: Response): Promise<string | undefined> {
  if (body === null) return undefined;
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    sizeBytes += chunk.length;
    // Leaving the loop cancels the rest.
    if (sizeBytes > MAX_ANSWER_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** `{"partialSuccess": {"rejectedSpans": "2", "errorMessage": "…"}}`; 0 for everything else. */
export function rejectedSpans(answer: string | undefined): number {
  if (answer === undefined || answer === "") return 0;
  try {
    const { partialSuccess } = JSON.parse(answer) as { readonly partialSuccess?: { readonly rejectedSpans?: unknown } };
    const rejected = Number(partialSuccess?.rejectedSpans ?? 0);
    return Number.isInteger(rejected) && rejected > 0 ? rejected : 0;
  } catch {
    // A collector that takes spans and answers something else than JSON has taken them.
    return 0;
  }
}

/** In seconds; a date is not what collectors send. */
function retryAfter(header: string | null): { readonly retryAfterMs?: number } {
  if (header === null || !/^\d{1,9}$/.test(header)) return {};
  return { retryAfterMs: Math.min(Number(header), MAX_RETRY_AFTER) * 1000 };
}

/** `fetch` says what happened in the cause: "connect ECONNREFUSED 127.0.0.1:4318". */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error && error.cause.message !== "" ? error.cause.message : error.message;
}
