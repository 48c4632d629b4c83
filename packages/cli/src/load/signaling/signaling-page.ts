import { formatDistribution, type Quantiles } from "../quantiles.js";
import { errorTable } from "../report/error-table.js";
import { escapeXml } from "../report/escape-xml.js";
import { htmlPage, htmlTable } from "../report/html-page.js";
import { linePlot, type Series } from "../report/line-plot.js";
import { percentilePlot } from "../report/percentile-plot.js";
import { timeTicks } from "../report/time-ticks.js";
import type { TimelinePoint } from "../timeline.js";
import { formatMs } from "./format-signaling.js";
import type { SignalingResults } from "./signaling-results.js";
import type { SignalingSummary } from "./signaling-summary.js";

/** A load of signaling as an HTML page with plots. */
export function signalingPage(summary: SignalingSummary, results: SignalingResults): string {
  const { connections, requests, durationMs, offeredPerSecond, answeredPerSecond, errorRate, generator } = summary;
  const title = `Signaling load on ${summary.url}`;
  const facts = [
    `${connections} connections at the end, ${requests} requests in ${(durationMs / 1_000).toFixed(1)} s`,
    `${answeredPerSecond} answers/s of ${offeredPerSecond} that were due`,
    `errors: ${(errorRate * 100).toFixed(3)} %`,
    `load generator: ${generator.processes} process(es), the busiest at ${Math.round(generator.cpu * 100)} % of a core`,
  ];
  const body = [
    `<h1>${escapeXml(title)}</h1>`,
    `<p>${escapeXml(facts.join("; "))}.</p>`,
    ...summary.advice.map((each) => `<p class="advice">${escapeXml(each)}</p>`),
    htmlTable(["", "count", "p50", "p90", "p99", "p99.9", "max"], quantileRows(summary, results)),
    '<p class="note">Requests are sent when they are due, whether or not earlier ones were answered (open loop), and all latencies but “from sending” begin when they were due.</p>',
    ...plots(results),
    "<h2>Errors</h2>",
    errorTable([
      ["request", summary.requestErrors],
      ["connection", summary.connectionErrors],
    ]),
    "<h2>Percentile distribution</h2>",
    `<pre>${escapeXml(formatDistribution(results.all))}</pre>`,
  ];
  return htmlPage(title, body.join("\n"));
}

function quantileRows(summary: SignalingSummary, results: SignalingResults): string[][] {
  const row = (title: string, { count, p50Ms, p90Ms, p99Ms, p999Ms, maxMs }: Quantiles) => {
    return [title, String(count), ...[p50Ms, p90Ms, p99Ms, p999Ms, maxMs].map(formatMs)];
  };
  return [
    row("all requests", { ...summary, count: results.all.count }),
    ...Object.entries(summary.byRequest).map(([name, quantiles]) => row(name, quantiles)),
    ...summary.steps.map((step) => row(`at ${step.connections} connections`, step)),
    row("delivery to others", summary.delivery),
    row("connect and join", summary.connect),
    row("from sending", summary.service),
    row("sent too late by", summary.generator.lag),
  ];
}

function plots(results: SignalingResults): string[] {
  const points = results.timeline.points();
  const xTicks = timeTicks(points.at(-1)?.atMs ?? 0);
  const over = (name: string, read: (point: TimelinePoint) => number): Series => {
    return { name, points: points.map((point) => [point.atMs / 1_000, read(point)]) };
  };
  const perSecond = (count: number, { lengthMs }: TimelinePoint) => (count * 1_000) / lengthMs;
  return [
    percentilePlot("Latency by percentile", "all requests", results.all),
    linePlot({
      title: "Latency over time",
      yUnit: "ms",
      series: [
        over("p50", ({ latency }) => latency.valueAt(0.5) / 1_000),
        over("p99", ({ latency }) => latency.valueAt(0.99) / 1_000),
        over("max", ({ latency }) => latency.maxUs / 1_000),
      ],
      xTicks,
    }),
    linePlot({
      title: "Answers and errors",
      yUnit: "per second",
      series: [
        over("answers", (point) => perSecond(point.latency.count, point)),
        over("errors", (point) => perSecond(point.errors, point)),
      ],
      xTicks,
    }),
    linePlot({ title: "Connections", yUnit: "open", series: [over("connections", ({ connections }) => connections)], xTicks }),
  ];
}
