import { readFileSync, type Stats, statSync } from "node:fs";
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
    readKeyFile,
  });
}

/** As LiveKit has it: a file that anybody on the machine can read keeps no secret. */
function readKeyFile(fileName: string): unknown {
  const { mode } = statOf(fileName);
  if ((mode & 0o007) !== 0 && process.platform !== "win32") {
    throw new SluiceError("invalidArgument", `key-file: others can read ${fileName}; run chmod 600 on it`);
  }
  return readYaml(fileName);
}

function statOf(fileName: string): Stats {
  try {
    return statSync(fileName);
  } catch (cause) {
    throw unreadable(fileName, cause);
  }
}

function readYaml(fileName: string): unknown {
  try {
    const text = readFileSync(fileName, "utf8");
    if (text.length > MAX_FILE_BYTES) throw new Error(`it is longer than ${MAX_FILE_BYTES} bytes`);
    // Anchors may not multiply ("billion laughs"); a configuration needs none.
    return parseYaml(text, { maxAliasCount: 16 });
  } catch (cause) {
    throw unreadable(fileName, cause);
  }
}

function unreadable(fileName: string, cause: unknown): SluiceError {
  const why = cause instanceof Error ? (cause.message.split("\n")[0] ?? "") : String(cause);
  return new SluiceError("invalidArgument", `cannot read ${fileName}: ${why}`, { cause });
}
