const TICKS = 6;

/** For a plot over the time from 0 to `endMs`; x is in seconds. */
export function timeTicks(endMs: number): (readonly [x: number, text: string])[] {
  const endSeconds = Math.max(1, endMs / 1_000);
  return Array.from({ length: TICKS }, (_, index) => {
    const seconds = (endSeconds * index) / (TICKS - 1);
    return [seconds, `${Number(seconds.toFixed(1))} s`];
  });
}
