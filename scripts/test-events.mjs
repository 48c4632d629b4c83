/**
 * A reporter for node:test that writes one JSON line per finished test: what scripts/test-file.mjs counts.
 *
 * @typedef {{ name: string, outcome: "passed" | "failed" | "skipped", reason: string }} TestOutcome
 * @param {AsyncIterable<{ type: string, data: any }>} events
 */
// biome-ignore lint/style/noDefaultExport: node:test takes a reporter by its default export.
export default async function* testEvents(events) {
  for await (const { type, data } of events) {
    if (type !== "test:pass" && type !== "test:fail") continue;
    if (data.details?.type === "suite") continue;
    const isSkipped = data.skip !== undefined || data.todo !== undefined;
    const reason = [data.skip, data.todo].find((value) => typeof value === "string") ?? "";
    const outcome = type === "test:fail" ? "failed" : isSkipped ? "skipped" : "passed";
    yield `${JSON.stringify({ name: data.name, outcome, reason })}\n`;
  }
}
