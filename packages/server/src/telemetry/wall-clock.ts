/** How far the two clocks may drift apart before the finer one is set anew, µs. `Date.now()` itself is right to 1,000 of them. */
const MAX_DRIFT_US = 2_000;

/**
 * Unix time in µs that is the same in all processes of a machine: `Date.now()` is too coarse for spans, and what a process has counted since
 * it began drifts away from it.
 */
export function createWallClock(): () => number {
  let originUs = performance.timeOrigin * 1000;
  return () => {
    const elapsedUs = performance.now() * 1000;
    const coarseUs = Date.now() * 1000;
    if (Math.abs(originUs + elapsedUs - coarseUs) > MAX_DRIFT_US) originUs = coarseUs - elapsedUs;
    return Math.round(originUs + elapsedUs);
  };
}
