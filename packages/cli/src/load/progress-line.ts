import { cut } from "../terminal/table.js";

interface Terminal {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** To the beginning of the line, and nothing after it. */
const CLEAR_LINE = "\r\u001b[K";
const DEFAULT_COLUMNS = 80;

/** One line of a terminal that changes; elsewhere nothing is written. */
export class ProgressLine {
  readonly #terminal: Terminal | undefined;
  #isShown = false;

  constructor(stream: Terminal, environment: Readonly<Record<string, string | undefined>>) {
    this.#terminal = stream.isTTY === true && environment.TERM !== "dumb" ? stream : undefined;
  }

  show(text: string): void {
    if (this.#terminal === undefined) return;
    this.#isShown = true;
    this.#terminal.write(CLEAR_LINE + cut(text, (this.#terminal.columns ?? DEFAULT_COLUMNS) - 1));
  }

  clear(): void {
    if (this.#isShown) this.#terminal?.write(CLEAR_LINE);
    this.#isShown = false;
  }
}
