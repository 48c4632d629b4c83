import { UsageError } from "../usage-error.js";

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Node's timers end here, ms: 24 days and some. */
export const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * "10s", "500ms", "90m", "6h", "30d" or "1h30m" in ms; a number alone is seconds.
 *
 * @throws UsageError naming `flag` when it is none, zero, or more than `maxMs`
 */
export function parseDuration(text: string, flag: string, maxMs = MAX_TIMER_MS): number {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|[smhd])/g)];
  const isWhole = parts.length > 0 && parts.map(([part]) => part).join("") === text;
  const seconds = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) * 1_000 : Number.NaN;
  const ms = isWhole
    ? parts.reduce((total, [, number, unit]) => total + Number(number) * (UNIT_MS[unit ?? ""] ?? 0), 0)
    : seconds;
  if (!(ms > 0 && ms <= maxMs)) throw new UsageError(`--${flag} ${text}: expected a duration such as 10s, 90m or 6h`);
  return ms;
}
