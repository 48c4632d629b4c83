import { parseExposition, type ScrapedFamily } from "@sluice/server/telemetry";

/** A node's metrics at one moment. */
export class Scrape {
  readonly #families: ReadonlyMap<string, ScrapedFamily>;

  constructor(families: ReadonlyMap<string, ScrapedFamily>) {
    this.#families = families;
  }

  /** `adminUrl`: of the node. Rejects with an Error when it does not answer as it should. */
  static async take(adminUrl: string): Promise<Scrape> {
    const response = await fetch(`${adminUrl}/metrics`);
    if (!response.ok) throw new Error(`no metrics: ${response.status} ${await response.text()}`);
    return new Scrape(parseExposition(await response.text()));
  }

  /** The sum of a counter's or gauge's samples that have these labels; 0 when there is none. */
  total(name: string, labels: Readonly<Record<string, string>> = {}): number {
    return (this.#families.get(name)?.samples ?? [])
      .filter((sample) => Object.entries(labels).every(([label, text]) => sample.labels[label] === text))
      .reduce((sum, { value }) => sum + value, 0);
  }

  /** What was dropped so far, by family and cause, all workers together; zeroes too. */
  drops(): Map<string, number> {
    const drops = new Map<string, number>();
    for (const [name, { samples }] of this.#families) {
      for (const { labels, value } of samples) {
        if (!name.endsWith("_drops_total") || labels.cause === undefined) continue;
        const key = `${name.slice("sluice_".length, -"_drops_total".length)} ${labels.cause}`;
        drops.set(key, (drops.get(key) ?? 0) + value);
      }
    }
    return drops;
  }
}
