import { escapeXml } from "./escape-xml.js";

export interface Series {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface LinePlotOptions {
  readonly title: string;
  readonly yUnit: string;
  readonly series: readonly Series[];
  /** Where lines are, and what is written below them; both ends among them. */
  readonly xTicks: readonly (readonly [x: number, text: string])[];
}

const WIDTH = 720;
const HEIGHT = 260;
const LEFT = 64;
const RIGHT = 12;
const TOP = 12;
const BOTTOM = 28;
/** Lines across, about. */
const Y_LINES = 4;
/** What is less is a line at the bottom. */
const LEAST_TOP = 1e-6;
/** Classes of the page's style sheet: as many colours as it has. */
export const SERIES_COLOURS = 4;

/** Lines as an SVG picture with its legend, for a page that has the classes of html-page.ts. */
export function linePlot({ title, yUnit, series, xTicks }: LinePlotOptions): string {
  const xs = xTicks.map(([x]) => x);
  const [xMin, xMax] = [Math.min(...xs), Math.max(...xs)];
  const yTop = Math.max(...series.flatMap(({ points }) => points.map(([, y]) => y)), 0);
  const yStep = niceStep((yTop < LEAST_TOP ? 1 : yTop) / Y_LINES);
  const yMax = Math.max(yStep, Math.ceil(yTop / yStep) * yStep);
  const xOf = (x: number) => (LEFT + ((x - xMin) / (xMax - xMin || 1)) * (WIDTH - LEFT - RIGHT)).toFixed(1);
  const yOf = (y: number) => (HEIGHT - BOTTOM - (y / yMax) * (HEIGHT - TOP - BOTTOM)).toFixed(1);
  const yLines = Array.from({ length: Math.round(yMax / yStep) + 1 }, (_, index) => index * yStep);
  const legend = series
    .map(({ name }, at) => `<span><i class="s${at % SERIES_COLOURS}"></i>${escapeXml(name)}</span>`)
    .join(" ");
  return [
    `<figure><figcaption><b>${escapeXml(title)}</b> <small>${escapeXml(yUnit)}</small> ${legend}</figcaption>`,
    `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeXml(title)}">`,
    ...yLines.map(
      (y) =>
        `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${yOf(y)}" y2="${yOf(y)}"/><text x="${LEFT - 6}" y="${yOf(y)}" dy="4" text-anchor="end">${formatTick(y)}</text>`,
    ),
    // The last one's text ends with the picture.
    ...xTicks.map(
      ([x, text]) =>
        `<line class="grid" x1="${xOf(x)}" x2="${xOf(x)}" y1="${TOP}" y2="${HEIGHT - BOTTOM}"/><text x="${xOf(x)}" y="${HEIGHT - 8}" text-anchor="${x === xMax ? "end" : "middle"}">${escapeXml(text)}</text>`,
    ),
    ...series.map(({ points }, at) => {
      const path = points.map(([x, y]) => `${xOf(x)},${yOf(y)}`).join(" ");
      return `<polyline class="s${at % SERIES_COLOURS}" points="${path}"/>`;
    }),
    "</svg></figure>",
  ].join("\n");
}

/** 1, 2 or 5 times a power of ten, not below `least`. */
export function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return ([1, 2, 5].find((factor) => factor * power >= least) ?? 10) * power;
}

function formatTick(value: number): string {
  return String(Number(value.toPrecision(6)));
}
