import { spawn } from "node:child_process";
import { once } from "node:events";
import { loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import { thisMachine } from "./machine.js";
import { readSavedRun, writeSavedRun } from "./saved-run.js";

const MAIN = fileURLToPath(new URL("../main.js", import.meta.url));

/**
 * Runs a bench in a process of its own, so that no bench finds another one's heap, and saves the JSON lines that it prints; with
 * `isMore` beside those that are saved already. False when it failed: what was saved stays as it was.
 */
export async function runAndSave(bench: string, args: readonly string[], isMore: boolean): Promise<boolean> {
  const before = loadavg()[0] ?? 0;
  const startMs = performance.now();
  const at = new Date().toISOString();
  const child = spawn(process.execPath, [MAIN, bench, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  // Ended from outside, it takes what it started along.
  process.once("SIGTERM", () => child.kill("SIGTERM"));
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  const [code] = await once(child, "close");
  process.stdout.write(output);
  const lines = output.split("\n").flatMap((line) => (line.startsWith("{") ? [JSON.parse(line)] : []));
  if (code !== 0 || lines.length === 0) return false;
  const saved = isMore ? readSavedRun(bench) : undefined;
  const run = {
    args,
    at,
    seconds: Math.round((performance.now() - startMs) / 1e3),
    machine: thisMachine(),
    loadAverage: [before, loadavg()[0] ?? 0] as const,
  };
  writeSavedRun({ bench, runs: [...(saved?.runs ?? []), run], lines: [...(saved?.lines ?? []), ...lines] });
  return true;
}
