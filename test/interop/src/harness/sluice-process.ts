import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { until } from "./until.js";

/** How long it may take to end as it should, in ms. */
const END_TIMEOUT_MS = 15_000;

/** What ran and how it ended. */
export interface Exit {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The `sluice` command as its users start it: a process of its own. */
export class SluiceProcess {
  readonly startedMs = performance.now();
  stdout = "";
  stderr = "";
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown>;

  constructor(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    this.#child = spawn(process.execPath, [sluiceProgram(), ...args], {
      env: { ...process.env, ...environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#closed = once(this.#child, "close");
    this.#child.stdout?.on("data", (chunk) => {
      this.stdout += chunk;
    });
    this.#child.stderr?.on("data", (chunk) => {
      this.stderr += chunk;
    });
  }

  /** It ends with the test, whatever becomes of that. */
  static start(t: TestContext, args: readonly string[]): SluiceProcess {
    const process = new SluiceProcess(args);
    t.after(() => process.end());
    return process;
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error("the process did not start");
    return this.#child.pid;
  }

  /** Waits for text on stdout or stderr; gives the match. @throws Error also when the process ends without it */
  says(pattern: RegExp, timeoutMs = 10_000): Promise<RegExpExecArray> {
    return until(`${pattern} in the output`, timeoutMs, () => {
      const match = pattern.exec(this.stdout) ?? pattern.exec(this.stderr);
      if (match === null && this.#child.exitCode !== null) throw new Error(`it ended: ${this.stdout}${this.stderr}`);
      return match ?? undefined;
    });
  }

  /** Resolves when it has ended. */
  async exit(): Promise<Exit> {
    await this.#closed;
    return { code: this.#child.exitCode, stdout: this.stdout, stderr: this.stderr };
  }

  /** As Ctrl-C does, unless it has ended already; one that does not end then is killed. */
  async end(): Promise<Exit> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return this.exit();
    this.#child.kill("SIGINT");
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), END_TIMEOUT_MS);
    const exit = await this.exit();
    clearTimeout(timer);
    return exit;
  }
}

function sluiceProgram(): string {
  const folder = new URL("../", import.meta.resolve("@sluice/cli"));
  const { bin } = JSON.parse(readFileSync(new URL("package.json", folder), "utf8"));
  return fileURLToPath(new URL(bin.sluice, folder));
}
