import { plainText } from "../../terminal/plain-text.js";
import type { Style } from "../../terminal/style.js";
import { alignRows, cell } from "../../terminal/table.js";
import type { Quantiles } from "../quantiles.js";
import { formatErrors, formatMs } from "../signaling/format-signaling.js";
import type { MediaPlan } from "./media-plan.js";
import type { MediaResults } from "./media-results.js";
import type { MediaSummary, ReceivedSummary } from "./media-summary.js";

/** A load of media for a person to read. */
export function formatMedia(summary: MediaSummary, plan: MediaPlan, style: Style): string {
  const { bold, dim, yellow } = style;
  const { generator, sampled, counted } = summary;
  const row = (title: string, { count, p50Ms, p90Ms, p99Ms, p999Ms, maxMs }: Quantiles) =>
    [title, String(count), ...[p50Ms, p90Ms, p99Ms, p999Ms, maxMs].map(formatMs)].map((text, at) =>
      cell(at === 0 ? text : text.padStart(10)),
    );
  const percent = (share: number) => `${(share * 100).toFixed(3)} %`;
  const received = (title: string, { packets, lost, lossRate, freezes, frozenRate }: ReceivedSummary) =>
    packets + lost === 0
      ? []
      : [
          `${title}: ${packets} packets, ${lost} lost (${percent(lossRate)}), ${freezes} freezes (${percent(frozenRate)} of the time)`,
        ];
  const { publishers, wantedPublishers, subscribers, wantedSubscribers, url, door, durationMs } = summary;
  const lines = [
    "",
    `${bold(plainText(url))} (${door}): ${publishers} of ${wantedPublishers} publishers, ${subscribers} of ${wantedSubscribers} subscribers in ${plan.rooms} room(s), ${(durationMs / 1_000).toFixed(1)} s`,
    `sent ${summary.sentPackets} packets, delivered ${summary.deliveredPackets}: ${summary.deliveredPerSecond}/s, ${(summary.bitrateBps / 1e6).toFixed(1)} Mbit/s`,
    ...received("subscribers that do everything, after repair", sampled),
    ...received("subscribers that only count, without repair", counted),
    "",
    ...alignRows([
      ["", "count", "p50", "p90", "p99", "p99.9", "max"].map((title, at) => cell(at === 0 ? title : title.padStart(10), dim)),
      row("delay, publisher to subscriber", summary.delay),
      row("join", summary.join),
      row("join to first packet", summary.firstPacket),
      row("event loop late by", generator.lag),
    ]),
    "",
    ...formatErrors("participant", summary.errorsByCode, style),
    dim(
      `This program: ${generator.processes} process(es), the busiest at ${Math.round(generator.cpu * 100)} % of a core; ${generator.socketDrops} datagrams did not fit into its sockets.`,
    ),
    ...summary.advice.map((each) => yellow(`! ${each}`)),
  ];
  return `${lines.join("\n")}\n`;
}

/** Where a load of media is, in one line. */
export function formatMediaProgress(plan: MediaPlan, results: MediaResults, isMeasuring: boolean, measuredMs: number): string {
  const seconds = (ms: number) => Math.round(ms / 1_000);
  const packets = results.sampled.packets + results.counted.packets;
  const quantile = (at: number) => formatMs(results.delay.count === 0 ? null : results.delay.valueAt(at) / 1_000);
  return [
    isMeasuring ? `${seconds(measuredMs)}/${seconds(plan.durationMs)} s` : "joining",
    `${results.publishers} publishers`,
    `${results.subscribers} subscribers`,
    ...(isMeasuring
      ? [
          `${packets} packets`,
          `${results.sampled.lost + results.counted.lost} lost`,
          `delay p50 ${quantile(0.5)} p99 ${quantile(0.99)}`,
        ]
      : []),
    `${results.errors.total} errors`,
  ].join(" · ");
}
