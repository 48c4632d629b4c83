/**
 * A point on the monotonic clock, in microseconds since an arbitrary origin.
 *
 * The core never reads a clock: every `handle…` and command that needs the time takes an Instant. The other two kinds of
 * time are {@link NtpTime} (wall clock on the wire) and RTP timestamps (plain 32-bit numbers in units of a clock rate).
 */
export type Instant = number & { readonly __brand: "Instant" };

/** The monotonic clock reading `us` microseconds as an Instant. Whole microseconds keep arithmetic exact up to 2^53. */
export function instant(us: number): Instant {
  return Math.trunc(us) as Instant;
}

/** The Instant `ms` milliseconds after `origin`. */
export function after(origin: Instant, ms: number): Instant {
  return (origin + Math.round(ms * 1000)) as Instant;
}

/** Milliseconds from `earlier` to `later`; negative when they are swapped. */
export function elapsedMs(earlier: Instant, later: Instant): number {
  return (later - earlier) / 1000;
}

/** The earlier of two optional deadlines; `undefined` means "never". */
export function earliest(a: Instant | undefined, b: Instant | undefined): Instant | undefined {
  if (a === undefined) return b;
  if (b === undefined) return a;
  return a < b ? a : b;
}
