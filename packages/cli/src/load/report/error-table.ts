import type { ErrorCount } from "../error-tally.js";
import { htmlTable } from "./html-page.js";

/** Errors of each kind, with what they were of: "request" for example. */
export function errorTable(kinds: readonly (readonly [what: string, errors: readonly ErrorCount[]])[]): string {
  const rows = kinds.flatMap(([what, errors]) =>
    errors.map(({ code, message, count }) => [`${what}: ${code}`, message, String(count)]),
  );
  return rows.length === 0 ? "<p>None.</p>" : htmlTable(["code", "first message", "count"], rows);
}
