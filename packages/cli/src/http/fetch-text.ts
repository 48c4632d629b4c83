import { SluiceError } from "@sluice/protocol";
import { describeConnectionFailure } from "../participant/connection-failure.js";

/** A node that does not answer in this time, ms, is as good as none. */
const TIMEOUT_MS = 10_000;
/** Of an answer: what a node says at most has a tenth of it. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

export interface TextResponse {
  /** Of HTTP. */
  readonly status: number;
  /** Without parameters; empty when there is none. */
  readonly contentType: string;
  readonly body: string;
}

/** One answer of a node, whatever its status. Throws SluiceError with what to do when there is none. */
export async function fetchText(url: string, token: string, init: RequestInit = {}): Promise<TextResponse> {
  const headers = { ...init.headers, authorization: `Bearer ${token}` };
  try {
    const response = await fetch(url, { ...init, headers, signal: AbortSignal.timeout(TIMEOUT_MS) });
    const [contentType = ""] = response.headers.get("content-type")?.split(";") ?? [];
    return { status: response.status, contentType: contentType.trim(), body: await readBody(response) };
  } catch (error) {
    if (error instanceof SluiceError) throw error;
    // fetch hides what happened one level down, and several addresses one more.
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const failure = cause instanceof AggregateError ? cause.errors[0] : cause;
    throw new SluiceError(
      "unavailable",
      describeConnectionFailure(url, failure instanceof Error ? failure : new Error(String(failure))),
    );
  }
}

async function readBody(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of response.body ?? []) {
    sizeBytes += chunk.length;
    if (sizeBytes > MAX_ANSWER_BYTES) throw new SluiceError("failedPrecondition", "the answer is too long for a node's");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** The reason that a refusal gives as plain text; undefined when its body is something else. */
export function plainReason(body: string): string | undefined {
  const text = body.trim();
  return /^[^<{]{1,400}$/.test(text) ? text : undefined;
}
