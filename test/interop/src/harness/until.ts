import { setTimeout as delay } from "node:timers/promises";

const POLL_INTERVAL_MS = 50;

/**
 * Asks until there is an answer: anything but `undefined` and `false`.
 *
 * @param what is being waited for, for the message of the error
 * @throws Error when `timeoutMs` have passed, with what `describe` says of the state then
 */
export async function until<T>(
  what: string,
  timeoutMs: number,
  probe: () => T | undefined | false | Promise<T | undefined | false>,
  describe: () => unknown | Promise<unknown> = () => undefined,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const answer = await probe();
    if (answer !== undefined && answer !== false) return answer;
    if (performance.now() > deadline) break;
    await delay(POLL_INTERVAL_MS);
  }
  const state = await describe();
  const detail = state === undefined ? "" : `: ${JSON.stringify(state)}`;
  throw new Error(`no ${what} within ${timeoutMs} ms${detail}`);
}
