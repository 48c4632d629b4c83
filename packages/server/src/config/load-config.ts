import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { SluiceError } from "@sluice/protocol";
import { parse as parseYaml } from "yaml";
import type { Config } from "./config.js";
import { parseConfig } from "./parse-config.js";

/** A configuration file is small; anything larger is another file. */
const MAX_FILE_BYTES = 1_048_576;

/**
 * The only place that reads the environment and the configuration file (`config`, or SLUICE_CONFIG).
 *
 * @throws SluiceError with one line for the person who wrote the configuration.
 */
export function loadConfig(flags: Readonly<Record<string, unknown>>): Config {
  const { config: fileFlag, ...options } = flags;
  const fileName = fileFlag ?? process.env.SLUICE_CONFIG;
  if (fileName !== undefined && typeof fileName !== "string") {
    throw new SluiceError("invalidArgument", "--config: expected the name of one YAML file");
  }
  return parseConfig({
    flags: options,
    environment: process.env,
    file: fileName === undefined ? undefined : readYaml(fileName),
    cpuCores: availableParallelism(),
  });
}

function readYaml(fileName: string): unknown {
  try {
    const text = readFileSync(fileName, "utf8");
    if (text.length > MAX_FILE_BYTES) throw new Error(`it is longer than ${MAX_FILE_BYTES} bytes`);
    // Anchors may not multiply ("billion laughs"); a configuration needs none.
    return parseYaml(text, { maxAliasCount: 16 });
  } catch (cause) {
    const why = cause instanceof Error ? (cause.message.split("\n")[0] ?? "") : String(cause);
    throw new SluiceError("invalidArgument", `cannot read ${fileName}: ${why}`, { cause });
  }
}
