import { plainText } from "../../terminal/plain-text.js";
import type { Style } from "../../terminal/style.js";
import { alignRows, type Cell, cell } from "../../terminal/table.js";
import type { ErrorCount } from "../error-tally.js";
import { formatDistribution, type Quantiles } from "../quantiles.js";
import type { SignalingResults } from "./signaling-results.js";
import type { SignalingSummary } from "./signaling-summary.js";

const COLUMNS = ["count", "p50", "p90", "p99", "p99.9", "max"];

/** A load of signaling for a person to read. */
export function formatSignaling(summary: SignalingSummary, results: SignalingResults, style: Style): string {
  const { bold, dim, yellow } = style;
  const { generator, steps } = summary;
  const quantileRow = (title: string, quantiles: Quantiles) => [cell(title), ...quantileCells(quantiles)];
  const rows: (readonly Cell[] | string)[] = [
    [cell(""), ...COLUMNS.map((title) => cell(title.padStart(10), dim))],
    quantileRow("all requests", { ...summary, count: results.all.count }),
    ...Object.entries(summary.byRequest).map(([name, quantiles]) => quantileRow(`  ${name}`, quantiles)),
    ...(steps.length > 1 ? steps.map((step) => quantileRow(`  at ${step.connections} connections`, step)) : []),
    ...(summary.delivery.count > 0 ? [quantileRow("delivery to others", summary.delivery)] : []),
    quantileRow("connect and join", summary.connect),
    quantileRow("from sending", summary.service),
    quantileRow("sent too late by", generator.lag),
  ];
  const { url, connections, requests, offeredPerSecond, answeredPerSecond, durationMs, errorRate } = summary;
  const lines = [
    "",
    `${bold(plainText(url))}: ${connections} connections at the end, ${requests} requests in ${(durationMs / 1_000).toFixed(1)} s`,
    `${answeredPerSecond} answers/s of ${offeredPerSecond} that were due; errors: ${(errorRate * 100).toFixed(3)} %`,
    "",
    ...alignRows(rows),
    "",
    ...formatErrors("request", summary.requestErrors, style),
    ...formatErrors("connection", summary.connectionErrors, style),
    dim("Requests are sent when they are due, whether or not earlier ones were answered (open loop), and all latencies but"),
    dim(`"from sending" begin when they were due: what a server that stands still keeps waiting is counted.`),
    dim(`This program: ${generator.processes} process(es), the busiest at ${Math.round(generator.cpu * 100)} % of a core.`),
    ...summary.advice.map((each) => yellow(`! ${each}`)),
    "",
  ];
  return `${lines.join("\n")}\n${formatDistribution(results.all)}`;
}

function quantileCells({ count, p50Ms, p90Ms, p99Ms, p999Ms, maxMs }: Quantiles): Cell[] {
  return [String(count), ...[p50Ms, p90Ms, p99Ms, p999Ms, maxMs].map(formatMs)].map((text) => cell(text.padStart(10)));
}

export function formatMs(ms: number | null): string {
  return ms === null ? "–" : `${ms < 100 ? ms.toFixed(2) : Math.round(ms)} ms`;
}

export function formatErrors(what: string, errors: readonly ErrorCount[], { red }: Style): string[] {
  return errors.map(({ code, message, count }) => red(`${count} × ${what} error ${plainText(code)}: ${plainText(message)}`));
}
