import { textFlag } from "../flags/read-flags.js";
import type { Flags } from "../flags/typed-flags.js";
import { UsageError } from "../usage-error.js";
import type { CommandContext, FlagDescription } from "./command.js";

const DEFAULT_URL = "ws://127.0.0.1:7880";

export const URL_FLAG: FlagDescription = {
  usage: "--url <url>",
  meaning: `Address of a node (SLUICE_URL, LIVEKIT_URL; default: ${DEFAULT_URL})`,
};

/** The address as it was given. */
export function readNodeUrl(flags: Flags, { environment }: CommandContext): string {
  return textFlag(flags, "url") ?? (environment.SLUICE_URL || environment.LIVEKIT_URL || DEFAULT_URL);
}

/** The same for HTTP: "http:" or "https:", without a slash at its end. Throws UsageError when it is no such address. */
export function readHttpUrl(flags: Flags, context: CommandContext): string {
  const text = readNodeUrl(flags, context);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^(ws|http)s?:$/.test(url.protocol)) {
    throw new UsageError(`--url ${text}: expected an address such as ws://127.0.0.1:7880`);
  }
  return `${url.protocol.replace("ws", "http")}//${url.host}${url.pathname.replace(/\/+$/, "")}`;
}
