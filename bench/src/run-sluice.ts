import { SluiceProcess } from "@sluice/interop";

/** Runs a command that reports in JSON on its last line; rejects with what it said when it does not. */
export async function runSluice(args: readonly string[]): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await new SluiceProcess(args).exit();
  const last = stdout.trimEnd().split("\n").at(-1) ?? "";
  if (!last.startsWith("{")) throw new Error(`sluice ${args[0]} ended with ${code}: ${stderr || stdout}`);
  return JSON.parse(last);
}
