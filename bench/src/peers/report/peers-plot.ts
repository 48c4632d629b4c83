import type { PeerSummary } from "./peers-summary.js";

/** One plot: so many subscribers. */
const PANEL_WIDTH = 300;
const PANEL_HEIGHT = 260;
const LEFT = 46;
const RIGHT = 14;
const TOP = 58;
const BOTTOM = 44;
/** Distinguishable also by those who see few colours (Okabe & Ito). */
const COLOURS = ["#0072b2", "#56b4e9", "#d55e00", "#009e73", "#cc79a7"];
const INK = "#57606a";
const GRID = "#d0d7de";

/** Axes: forwarded packets a second, and the CPU time of each; both logarithmic, because peers differ tenfold. */
interface Axes {
  readonly rates: readonly number[];
  readonly times: readonly number[];
}

/** CPU time per forwarded packet by the rate, a panel for each number of subscribers, as an SVG picture of its own. */
export function peersPlot(summaries: readonly PeerSummary[]): string {
  const names = [...new Set(summaries.map(({ peer }) => peer))];
  const counts = [...new Set(summaries.map(({ subscribers }) => subscribers))].sort((a, b) => a - b);
  const rates = summaries.flatMap((summary) => summary.rates);
  const axes: Axes = {
    rates: [...new Set(rates.map(({ forwardedPerSecond }) => forwardedPerSecond))].sort((a, b) => a - b),
    times: ticksOver(rates.map(({ cpuUsPerForwardedPacket }) => cpuUsPerForwardedPacket)),
  };
  const width = counts.length * PANEL_WIDTH;
  const colourOf = (peer: string) => COLOURS[names.indexOf(peer) % COLOURS.length] ?? INK;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${PANEL_HEIGHT}" font-family="system-ui, sans-serif" font-size="11" fill="${INK}">`,
    "<title>CPU time per forwarded packet, by server, subscribers and rate</title>",
    `<rect width="${width}" height="${PANEL_HEIGHT}" rx="6" fill="#ffffff"/>`,
    `<text x="${LEFT}" y="18" font-weight="600">Server's CPU time per forwarded packet, µs; less is better; ○: less than 99 % arrived</text>`,
    ...names.map((name, index) => legendEntry(name, index, colourOf(name))),
    ...counts.map((count, index) => {
      const shown = summaries.filter(({ subscribers }) => subscribers === count);
      return panel(count, index * PANEL_WIDTH, axes, shown, colourOf);
    }),
    "</svg>",
    "",
  ].join("\n");
}

function legendEntry(name: string, index: number, colour: string): string {
  const x = LEFT + index * 120;
  return `<rect x="${x}" y="26" width="14" height="4" fill="${colour}"/><text x="${x + 20}" y="32">${escapeXml(name)}</text>`;
}

function panel(
  subscribers: number,
  left: number,
  { rates, times }: Axes,
  peers: readonly PeerSummary[],
  colourOf: (peer: string) => string,
): string {
  const x = scale(rates, left + LEFT, left + PANEL_WIDTH - RIGHT);
  const y = scale(times, PANEL_HEIGHT - BOTTOM, TOP);
  return [
    `<text x="${left + PANEL_WIDTH / 2}" y="${TOP - 8}" text-anchor="middle" font-weight="600">${subscribers} subscribers</text>`,
    ...times.map(
      (time) =>
        `<line x1="${left + LEFT}" x2="${left + PANEL_WIDTH - RIGHT}" y1="${y(time)}" y2="${y(time)}" stroke="${GRID}"/><text x="${left + LEFT - 6}" y="${y(time)}" dy="4" text-anchor="end">${time}</text>`,
    ),
    ...rates.map((rate) => `<text x="${x(rate)}" y="${PANEL_HEIGHT - BOTTOM + 16}" text-anchor="middle">${rate / 1e3}k</text>`),
    `<text x="${left + PANEL_WIDTH / 2}" y="${PANEL_HEIGHT - 10}" text-anchor="middle">forwarded packets/s asked for</text>`,
    ...peers.map((peer) => {
      const at = (rate: PeerSummary["rates"][number]) => [x(rate.forwardedPerSecond), y(rate.cpuUsPerForwardedPacket)] as const;
      const colour = colourOf(peer.peer);
      const line = peer.rates.map((rate) => at(rate).join(",")).join(" ");
      const dots = peer.rates.map((rate) => {
        const [cx, cy] = at(rate);
        return `<circle cx="${cx}" cy="${cy}" r="3.5" fill="${rate.limit !== "none" ? "#ffffff" : colour}" stroke="${colour}" stroke-width="1.5"/>`;
      });
      return `<polyline points="${line}" fill="none" stroke="${colour}" stroke-width="2"/>${dots.join("")}`;
    }),
  ].join("\n");
}

/** From the first and last of `values` to the two ends. */
function scale(values: readonly number[], from: number, to: number): (value: number) => string {
  const [least, most] = [Math.log(values[0] ?? 1), Math.log(values.at(-1) ?? 1)];
  return (value) => (from + ((Math.log(value) - least) / (most - least || 1)) * (to - from)).toFixed(1);
}

/** 1, 2, 5, 10, … around all of `values`. */
function ticksOver(values: readonly number[]): number[] {
  const candidates = [1, 10, 100, 1_000].flatMap((power) => [1, 2, 5].map((factor) => factor * power));
  const least = Math.min(...values);
  const most = Math.max(...values);
  const first = candidates.findLastIndex((tick) => tick <= least);
  const last = candidates.findIndex((tick) => tick >= most);
  return candidates.slice(Math.max(0, first), last < 0 ? undefined : last + 1);
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
