/** A family as a scraper sees it. */
export interface ScrapedFamily {
  readonly type: string;
  readonly help: string;
  readonly samples: readonly ScrapedSample[];
}

export interface ScrapedSample {
  /** With the suffix of a histogram's parts. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const NAME = "[a-zA-Z_:][a-zA-Z0-9_:]*";
const HELP_LINE = new RegExp(`^# HELP (${NAME}) ((?:[^\\\\\\n]|\\\\\\\\|\\\\n)*)$`);
const TYPE_LINE = new RegExp(`^# TYPE (${NAME}) (counter|gauge|histogram)$`);
const SAMPLE_LINE = new RegExp(`^(${NAME})(?:\\{([^]*)\\})? (\\S+)$`);
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\\\|\\"|\\n)*)"(,|$)/y;
const NUMBER = /^[+-]?(?:\d+(?:\.\d+)?(?:e[+-]?\d+)?|Inf)$|^NaN$/;
const HISTOGRAM_PARTS = ["_bucket", "_sum", "_count"];

/**
 * Reads the text-based exposition format 0.0.4 as strictly as its description allows, and holds what comes to the naming rules
 * that Prometheus' own `promtool check metrics` complains about. Throws an Error that quotes the line that is wrong.
 */
export function parseExposition(text: string): Map<string, ScrapedFamily> {
  if (!text.endsWith("\n")) throw new Error("the last line does not end");
  const families = new Map<string, { help: string; type: string; samples: ScrapedSample[] }>();
  const seen = new Set<string>();
  let current: { name: string; help: string; type: string | undefined; samples: ScrapedSample[] } | undefined;
  for (const line of text.slice(0, -1).split("\n")) {
    const help = HELP_LINE.exec(line);
    const type = TYPE_LINE.exec(line);
    if (help !== null) {
      const [, name = "", written = ""] = help;
      if (families.has(name) || current?.name === name) throw new Error(`a second HELP of a family: ${line}`);
      current = { name, help: unescaped(written), type: undefined, samples: [] };
    } else if (type !== null) {
      const [, name = "", kind = ""] = type;
      if (current?.name !== name || current.type !== undefined) throw new Error(`TYPE does not follow its HELP: ${line}`);
      current.type = kind;
      families.set(name, { help: current.help, type: kind, samples: current.samples });
    } else {
      const sample = parseSample(line);
      if (current?.type === undefined) throw new Error(`a sample of no family: ${line}`);
      const parts = current.type === "histogram" ? HISTOGRAM_PARTS : [""];
      if (!parts.some((part) => sample.name === `${current?.name}${part}`)) throw new Error(`of another family: ${line}`);
      const key = line.slice(0, line.lastIndexOf(" "));
      if (seen.has(key)) throw new Error(`the same sample twice: ${line}`);
      seen.add(key);
      current.samples.push(sample);
    }
  }
  for (const [name, family] of families) checkFamily(name, family);
  return families;
}

function parseSample(line: string): ScrapedSample {
  const match = SAMPLE_LINE.exec(line);
  const [, name = "", written, number = ""] = match ?? [];
  if (match === null || !NUMBER.test(number)) throw new Error(`no sample: ${line}`);
  const labels: Record<string, string> = {};
  LABEL.lastIndex = 0;
  while (written !== undefined && LABEL.lastIndex < written.length) {
    const [, label, value = ""] = LABEL.exec(written) ?? [];
    if (label === undefined || Object.hasOwn(labels, label)) throw new Error(`labels that are none: ${line}`);
    labels[label] = unescaped(value);
  }
  return { name, labels, value: Number(number.replace("Inf", "Infinity")) };
}

/** Counters end in _total and nothing else does; a histogram's buckets grow and end with +Inf, which is its count. */
function checkFamily(name: string, { type, help, samples }: ScrapedFamily): void {
  if (help === "") throw new Error(`${name} does not say what it is`);
  if (samples.length === 0) throw new Error(`${name} has no samples`);
  if ((type === "counter") !== name.endsWith("_total")) throw new Error(`${name} is a ${type}`);
  if (/[A-Z]|_(ms|us|kb|bits|milliseconds)(_|$)/.test(name)) throw new Error(`${name}: base units, in snake case`);
  if (type === "counter" && samples.some(({ value }) => !(value >= 0))) throw new Error(`${name} counts below 0`);
  if (type !== "histogram") return;
  const series = new Map<string, ScrapedSample[]>();
  for (const sample of samples) {
    const { le: _, ...rest } = sample.labels;
    const key = JSON.stringify(rest);
    series.set(key, [...(series.get(key) ?? []), sample]);
  }
  for (const [key, parts] of series) checkHistogram(`${name}${key}`, name, parts);
}

function checkHistogram(what: string, name: string, parts: readonly ScrapedSample[]): void {
  const buckets = parts.filter((part) => part.name === `${name}_bucket`);
  const [sum, count, ...others] = parts.filter((part) => part.name !== `${name}_bucket`);
  if (sum?.name !== `${name}_sum` || count?.name !== `${name}_count` || others.length > 0)
    throw new Error(`${what}: sum and count`);
  let [bound, below] = [Number.NEGATIVE_INFINITY, 0];
  for (const { labels, value } of buckets) {
    const le = Number((labels.le ?? "NaN").replace("Inf", "Infinity"));
    if (!(le > bound) || !(value >= below)) throw new Error(`${what}: buckets do not grow`);
    [bound, below] = [le, value];
  }
  if (bound !== Number.POSITIVE_INFINITY || below !== count.value) throw new Error(`${what}: the last bucket is all of them`);
}

function unescaped(text: string): string {
  return text.replaceAll(/\\(.)/g, (_, char: string) => (char === "n" ? "\n" : char));
}
