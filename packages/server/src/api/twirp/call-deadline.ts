import type { Clock } from "../../session/clock.js";

/** What a call may take when its caller says nothing, or more than this, ms. */
export const MAX_CALL_MS = 60_000;

/** By the header `X-Twirp-Timeout-Ms`; what is no number is as if it were not there. */
export function timeoutOf(header: string | readonly string[] | undefined): number {
  if (typeof header !== "string" || !/^\d{1,9}$/.test(header)) return MAX_CALL_MS;
  return Math.min(Math.max(1, Number(header)), MAX_CALL_MS);
}

/** What `work` gives, or undefined when that takes longer than `timeoutMs`. */
export async function within<T>(work: Promise<T>, timeoutMs: number, clock: Clock): Promise<T | undefined> {
  let cancel = () => {};
  const expired = new Promise<undefined>((resolve) => {
    cancel = clock.schedule(timeoutMs, () => resolve(undefined));
  });
  try {
    return await Promise.race([work, expired]);
  } finally {
    cancel();
  }
}
