import { SluiceError } from "@sluice/protocol";
import { type BindAddress, isLoopback } from "./bind-address.js";
import type { AdminConfig } from "./config.js";

/** As short as a token may be that nobody shall guess, characters. */
const MIN_TOKEN_LENGTH = 16;

const OPEN_METRICS_WARNING =
  "metrics.token is not set and admin.bind-address is not loopback: whoever reaches it reads the metrics";

/** A secret that operators show. Throws SluiceError `invalidArgument`. */
export function parseAdminToken(text: string): string {
  if (text.length < MIN_TOKEN_LENGTH || !/^[!-~]+$/.test(text)) {
    throw new SluiceError("invalidArgument", `expected ${MIN_TOKEN_LENGTH} characters or more, without spaces`);
  }
  return text;
}

/** Nowhere else than on this machine, and beside the ports of clients and workers. */
const DEFAULT_BIND_ADDRESS: BindAddress = { host: "127.0.0.1", port: 7_879 };

/** Undefined: there is nothing to listen for. Throws SluiceError `failedPrecondition` for profiles that everybody could take. */
export function adminConfig(
  bindAddress: BindAddress = DEFAULT_BIND_ADDRESS,
  metrics: AdminConfig["metrics"],
  profiling: { readonly isEnabled: boolean; readonly token: string | undefined },
): AdminConfig | undefined {
  if (!metrics.isEnabled && !profiling.isEnabled) return undefined;
  return { bindAddress, metrics, profiling: profilingConfig(profiling) };
}

function profilingConfig({
  isEnabled,
  token,
}: {
  readonly isEnabled: boolean;
  readonly token: string | undefined;
}): AdminConfig["profiling"] {
  if (!isEnabled) return undefined;
  if (token === undefined) {
    throw new SluiceError(
      "failedPrecondition",
      "profiling.enabled needs profiling.token: a profile tells more than metrics do",
    );
  }
  return { token };
}

export function adminWarnings(admin: AdminConfig | undefined): string[] {
  if (admin === undefined || isLoopback(admin.bindAddress.host)) return [];
  return admin.metrics.isEnabled && admin.metrics.token === undefined ? [OPEN_METRICS_WARNING] : [];
}
