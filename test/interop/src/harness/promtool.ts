import { spawnSync } from "node:child_process";

/**
 * What Prometheus' own checker finds wrong with a scrape; empty: nothing, or this machine has no `promtool` (Debian: package
 * prometheus, which is a whole server and is not installed for this).
 */
export function promtoolComplaints(text: string): string {
  const { error, status, stdout, stderr } = spawnSync("promtool", ["check", "metrics"], { input: text, encoding: "utf8" });
  if (error !== undefined) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error;
  }
  return status === 0 ? "" : `${stdout}${stderr}`;
}
