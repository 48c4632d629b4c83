import { DEV_KEY, DEV_SECRET } from "@sluice/server";
import { isSet, textFlag } from "../flags/read-flags.js";
import type { Flags } from "../flags/typed-flags.js";
import type { Environment } from "../terminal/style.js";
import { UsageError } from "../usage-error.js";
import type { CommandContext, FlagDescription } from "./command.js";

export interface Credentials {
  readonly key: string;
  readonly secret: string;
}

export const CREDENTIAL_FLAGS: readonly FlagDescription[] = [
  { usage: "--key <key>", meaning: "API key (SLUICE_KEY, LIVEKIT_API_KEY; default: the key of sluice serve --dev)" },
  { usage: "--secret <secret>", meaning: "Its secret (SLUICE_SECRET, LIVEKIT_API_SECRET)" },
  { usage: "--dev", meaning: "Take the development key and secret, without a note" },
];

/** From the flags, else the environment, else the published development key, with a note on stderr. Throws UsageError for a half. */
export function readCredentials(flags: Flags, { environment, stderr }: CommandContext): Credentials {
  const development = { key: DEV_KEY, secret: DEV_SECRET };
  const given = [
    pair(textFlag(flags, "key"), textFlag(flags, "secret"), "--key and --secret"),
    isSet(flags, "dev") ? development : undefined,
    fromEnvironment(environment, "SLUICE_KEY", "SLUICE_SECRET"),
    fromEnvironment(environment, "LIVEKIT_API_KEY", "LIVEKIT_API_SECRET"),
  ].find((each) => each !== undefined);
  if (given !== undefined) return given;
  stderr.write(`using the development key "${DEV_KEY}"; for another pass --key and --secret\n`);
  return development;
}

function fromEnvironment(environment: Environment, keyName: string, secretName: string): Credentials | undefined {
  return pair(environment[keyName] || undefined, environment[secretName] || undefined, `${keyName} and ${secretName}`);
}

function pair(key: string | undefined, secret: string | undefined, names: string): Credentials | undefined {
  if (key === undefined && secret === undefined) return undefined;
  if (key === undefined || secret === undefined) throw new UsageError(`${names} belong together: one of them is missing`);
  return { key, secret };
}
