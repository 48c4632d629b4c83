import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * A program that leaves the processor to all others, for launchers that take a path and no command.
 *
 * By autogroup (sched(7)): a launcher makes it a session of its own, and Linux shares the processor evenly among sessions, whatever
 * the niceness of their processes is; Chromium sets that of its own anyway. Elsewhere it runs as ever.
 */
export class YieldingProgram {
  readonly path: string;
  readonly #folder = mkdtempSync(join(tmpdir(), "sluice-yielding-"));

  constructor(program: string) {
    this.path = join(this.#folder, "program");
    const quoted = program.replaceAll("'", "'\\''");
    const script = `#!/bin/sh\n{ echo 10 >/proc/self/autogroup; } 2>/dev/null\nexec '${quoted}' "$@"\n`;
    writeFileSync(this.path, script, { mode: 0o755 });
  }

  /** Once it runs. */
  forget(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
