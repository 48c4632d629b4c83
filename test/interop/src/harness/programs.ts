/** Set by scripts/test.mjs when there is one. */
const CHROMIUM = process.env.SLUICE_CHROMIUM;

/** For tests that need Chromium: skipped without one, by name. With CI=true the runner makes a skip a failure. */
export const NEEDS_CHROMIUM = { skip: CHROMIUM === undefined ? "chromium is not installed" : false } as const;

/** @throws Error without one, which only a test that lacks {@link NEEDS_CHROMIUM} sees */
export function chromiumPath(): string {
  if (CHROMIUM === undefined) throw new Error("SLUICE_CHROMIUM is not set");
  return CHROMIUM;
}
