import type { Outcome } from "./webhook-queue.js";

export interface WebhookRequest {
  readonly url: string;
  readonly body: string;
  /** The header's value. */
  readonly authorization: string;
}

export interface WebhookReply {
  readonly outcome: Outcome;
  /** What went wrong, for the log. */
  readonly why?: string;
}

/** Carries one request to its receiver; never rejects. `signal` calls it off. */
export type SendWebhook = (request: WebhookRequest, signal: AbortSignal) => Promise<WebhookReply>;

/** A receiver that takes longer is as good as gone. */
const REQUEST_TIMEOUT_MS = 10_000;
/** Of those that say that something is wrong with the request, these may end: timeout, too early, too many requests. */
const PASSING_STATUSES: ReadonlySet<number> = new Set([408, 425, 429]);

/**
 * By HTTP: a status of 2xx takes it, one of 5xx and those of {@link PASSING_STATUSES} say later, every other says never. A
 * redirection is not followed: the signature and what it signs are for the address that the configuration names.
 */
export const sendWebhook: SendWebhook = async ({ url, body, authorization }, signal) => {
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/webhook+json", authorization, "user-agent": "sluice" },
      body,
      redirect: "manual",
      signal: AbortSignal.any([signal, AbortSignal.timeout(REQUEST_TIMEOUT_MS)]),
    });
    // What it says is of no interest, but the connection is to be used again.
    await response.body?.cancel();
    if (response.ok) return { outcome: "delivered" };
    const isPassing = response.status >= 500 || PASSING_STATUSES.has(response.status);
    return { outcome: isPassing ? "failed" : "refused", why: `status ${response.status}` };
  } catch (error) {
    return { outcome: "failed", why: reasonOf(error) };
  }
};

/** `fetch` says what happened in the cause: "connect ECONNREFUSED 127.0.0.1:80". */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error && error.cause.message !== "" ? error.cause.message : error.message;
}
