import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Machine } from "./machine.js";

/** The lines of one bench, and where they come from. They are files of the repository, so that the page can be made again. */
export interface SavedRun {
  readonly bench: string;
  /** One for each time that lines were added. */
  readonly runs: readonly {
    readonly args: readonly string[];
    /** ISO 8601, of its beginning. */
    readonly at: string;
    readonly seconds: number;
    readonly machine: Machine;
    /** Over the minute before, and over the last one. */
    readonly loadAverage: readonly [before: number, after: number];
  }[];
  /** JSON objects, as the bench printed them. */
  readonly lines: readonly unknown[];
}

/** Beside the sources: benches run in their repository. */
export function benchFile(name: string): string {
  return fileURLToPath(new URL(`../../${name}`, import.meta.url));
}

export function readSavedRun(bench: string): SavedRun | undefined {
  const path = benchFile(`results/${bench}.json`);
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : undefined;
}

/** A line of the file for each line of the bench, so that a new run is a readable difference. */
export function writeSavedRun({ bench, runs, lines }: SavedRun): void {
  mkdirSync(benchFile("results"), { recursive: true });
  const list = (values: readonly unknown[]) => `[\n${values.map((value) => JSON.stringify(value)).join(",\n")}\n]`;
  const text = `{"bench":${JSON.stringify(bench)},"runs":${list(runs)},"lines":${list(lines)}}\n`;
  writeFileSync(benchFile(`results/${bench}.json`), text);
}
