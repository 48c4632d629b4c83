import type { LatencyHistogram } from "../latency-histogram.js";
import type { Quantiles } from "../quantiles.js";
import { formatDistribution } from "../quantiles.js";
import { errorTable } from "../report/error-table.js";
import { escapeXml } from "../report/escape-xml.js";
import { htmlPage, htmlTable } from "../report/html-page.js";
import { linePlot, type Series } from "../report/line-plot.js";
import { percentilePlot } from "../report/percentile-plot.js";
import { timeTicks } from "../report/time-ticks.js";
import { formatMs } from "../signaling/format-signaling.js";
import type { ReceivedCounts } from "./media-messages.js";
import type { MediaPlan } from "./media-plan.js";
import type { MediaResults } from "./media-results.js";
import type { MediaSummary, ReceivedSummary } from "./media-summary.js";
import type { MediaPoint } from "./media-timeline.js";

/** A load of media as an HTML page with plots. */
export function mediaPage(summary: MediaSummary, plan: MediaPlan, results: MediaResults): string {
  const { publishers, wantedPublishers, subscribers, wantedSubscribers, durationMs, generator } = summary;
  const title = `Media load on ${summary.url}`;
  const facts = [
    `${publishers} of ${wantedPublishers} publishers and ${subscribers} of ${wantedSubscribers} subscribers in ${plan.rooms} room(s), door ${summary.door}, ${(durationMs / 1_000).toFixed(1)} s`,
    `sent ${summary.sentPackets} packets, delivered ${summary.deliveredPackets}: ${summary.deliveredPerSecond}/s, ${(summary.bitrateBps / 1e6).toFixed(1)} Mbit/s`,
    `load generator: ${generator.processes} process(es), the busiest at ${Math.round(generator.cpu * 100)} % of a core, ${generator.socketDrops} datagrams that did not fit into its sockets`,
  ];
  const body = [
    `<h1>${escapeXml(title)}</h1>`,
    `<p>${escapeXml(facts.join("; "))}.</p>`,
    ...summary.advice.map((each) => `<p class="advice">${escapeXml(each)}</p>`),
    htmlTable(["subscribers", "packets", "lost", "loss", "freezes", "frozen"], receivedRows(summary)),
    '<p class="note">Those that do everything decrypt and ask for what is lost: their loss is what repair left. Those that only count do not: theirs is the network’s.</p>',
    htmlTable(["", "count", "p50", "p90", "p99", "p99.9", "max"], quantileRows(summary)),
    '<p class="note">Delay is from the publisher’s send to the subscriber’s socket, at those that do everything. Joins begin when they were due.</p>',
    ...plots(results),
    "<h2>Errors</h2>",
    errorTable([["participant", summary.errorsByCode]]),
    ...distribution(results.delay),
  ];
  return htmlPage(title, body.join("\n"));
}

function receivedRows({ sampled, counted }: MediaSummary): string[][] {
  const row = (title: string, { packets, lost, lossRate, freezes, frozenRate }: ReceivedSummary) => {
    return [title, String(packets), String(lost), percent(lossRate), String(freezes), percent(frozenRate)];
  };
  return [row("that do everything", sampled), row("that only count", counted)];
}

function quantileRows({ delay, join, firstPacket, generator }: MediaSummary): string[][] {
  const row = (title: string, { count, p50Ms, p90Ms, p99Ms, p999Ms, maxMs }: Quantiles) => {
    return [title, String(count), ...[p50Ms, p90Ms, p99Ms, p999Ms, maxMs].map(formatMs)];
  };
  return [
    row("delay", delay),
    row("join", join),
    row("join to first packet", firstPacket),
    row("event loop late by", generator.lag),
  ];
}

function plots(results: MediaResults): string[] {
  const points = results.timeline.points();
  const xTicks = timeTicks(points.at(-1)?.atMs ?? 0);
  const over = (name: string, read: (point: MediaPoint) => number): Series => {
    return { name, points: points.map((point) => [point.atMs / 1_000, read(point)]) };
  };
  const plot = (title: string, yUnit: string, series: readonly Series[]) => linePlot({ title, yUnit, series, xTicks });
  const perSecond = (count: number, { lengthMs }: MediaPoint) => (count * 1_000) / lengthMs;
  const hasCounting = results.counted.packets > 0;
  const both = (read: (counts: ReceivedCounts, point: MediaPoint) => number) => [
    over("that do everything", (point) => read(point.sampled, point)),
    ...(hasCounting ? [over("that only count", (point) => read(point.counted, point))] : []),
  ];
  return [
    percentilePlot("Delay by percentile", "publisher to subscriber", results.delay),
    plot("Delay over time", "ms", [
      over("p50", ({ delay }) => delay.valueAt(0.5) / 1_000),
      over("p99", ({ delay }) => delay.valueAt(0.99) / 1_000),
      over("max", ({ delay }) => delay.maxUs / 1_000),
    ]),
    plot(
      "Delivered",
      "packets per second",
      both((counts, point) => perSecond(counts.packets, point)),
    ),
    plot(
      "Loss",
      "% of packets",
      both(({ packets, lost }) => share(lost, packets + lost)),
    ),
    // A freeze is told of when it is over: the time that stood still would be more than there was in that second.
    plot(
      "Freezes",
      "that ended, per second",
      both(({ freezes }, point) => perSecond(freezes, point)),
    ),
    percentilePlot("Join by percentile", "due to joined", results.join),
  ];
}

function distribution(delay: LatencyHistogram): string[] {
  if (delay.count === 0) return [];
  return ["<h2>Percentile distribution of the delay</h2>", `<pre>${escapeXml(formatDistribution(delay))}</pre>`];
}

/** In percent; of nothing, none. */
function share(part: number, whole: number): number {
  return whole === 0 ? 0 : (part / whole) * 100;
}

function percent(rate: number): string {
  return `${(rate * 100).toFixed(3)} %`;
}
