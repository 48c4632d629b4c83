import { readSavedRun } from "./saved-run.js";

/** What a row came to. */
export interface Measured {
  /** For people. */
  readonly text: string;
  readonly isMet: boolean;
}

/** One row of the table of numbers to beat. */
export interface DesignRow {
  readonly what: string;
  /** What others reach. */
  readonly anchor: string;
  /** What is to be reached here. */
  readonly target: string;
  /** Says which command measures it. */
  readonly by: string;
  /** Undefined when its bench has not run. */
  readonly measure: () => Measured | undefined;
  /** Why it cannot be measured, or why it misses its target and what was tried: it stays when the page is made again. */
  readonly note?: string;
}

/** The lines that a bench has saved; none when it has not run. They are our own, so they are what the bench's type says. */
export function savedLines<L>(bench: string): readonly L[] {
  return (readSavedRun(bench)?.lines ?? []) as readonly L[];
}
