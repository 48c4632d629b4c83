import type { ChildProcess } from "node:child_process";
import { once } from "node:events";

const GRACE_MS = 3_000;

/** Asks it to end, and waits; one that does not end soon is killed. */
export async function endProcess(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, "exit");
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), GRACE_MS);
  await exit;
  clearTimeout(timer);
}
