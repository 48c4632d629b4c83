import { parseArgs } from "node:util";

export interface SoakOptions {
  /** How long participants are kept busy, ms; what begins then is ended, which takes some seconds. */
  readonly durationMs: number;
  /** Of everything that is left to chance: who does what when, and what their networks lose. */
  readonly seed: number;
  readonly isJson: boolean;
}

const DEFAULT_MINUTES = 30;
/** Less has too few rounds to say anything about growth. */
const MIN_MINUTES = 3;
/** A week. */
const MAX_MINUTES = 10_080;

export const USAGE = `Usage: npm run soak [-- OPTIONS]

Starts a node and keeps it busy with participants that come, go, publish, are muted, are thrown out and lose their networks. Ends with 1 when something
grew, got stuck or failed, and says what; 0 when nothing did.

  --minutes N   how long, ${MIN_MINUTES}–${MAX_MINUTES} (default: ${DEFAULT_MINUTES})
  --seed N      of an earlier run, 0–4294967295: the same plan and the same losses (default: a new one, which is told)
  --json        the verdict as one JSON object on the last line of standard output, and nothing else there
  --help        this
`;

/**
 * Of the command line, without the program's name.
 *
 * @param newSeed when none is given
 * @returns undefined: help is wanted
 * @throws Error that says what was meant
 */
export function parseOptions(args: readonly string[], newSeed: number): SoakOptions | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: "string" },
      seed: { type: "string" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return undefined;
  const minutes = numberOf(
    "minutes",
    values.minutes ?? String(DEFAULT_MINUTES),
    /^\d{1,5}(\.\d{1,3})?$/,
    MIN_MINUTES,
    MAX_MINUTES,
  );
  const seed = numberOf("seed", values.seed ?? String(newSeed), /^\d{1,10}$/, 0, 2 ** 32 - 1);
  return { durationMs: minutes * 60_000, seed, isJson: values.json };
}

function numberOf(name: string, text: string, form: RegExp, min: number, max: number): number {
  const number = form.test(text) ? Number(text) : Number.NaN;
  if (!(number >= min && number <= max)) throw new Error(`--${name} ${text}: expected a number of ${min}–${max}`);
  return number;
}
