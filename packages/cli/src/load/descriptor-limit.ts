import { readFileSync } from "node:fs";
import { SluiceError } from "@sluice/protocol";

/** Files, pipes and the event loop's own. */
const RESERVED = 64;

/** How many files and sockets this process may have open; undefined where the system does not tell. Node has raised the soft limit to the hard one. */
export function descriptorLimit(): number | undefined {
  try {
    const [, limit = ""] = /^Max open files +(\S+)/m.exec(readFileSync("/proc/self/limits", "utf8")) ?? [];
    return limit === "unlimited" ? Number.POSITIVE_INFINITY : Number(limit) || undefined;
  } catch {
    return undefined; // Not Linux: EMFILE will say it.
  }
}

/**
 * Throws SluiceError `resourceExhausted` when a process cannot have so many `sockets`.
 *
 * @param limit as {@link descriptorLimit} tells; undefined: nobody knows, so nothing is refused
 */
export function checkDescriptors(sockets: number, processes: number, limit: number | undefined): void {
  const needed = Math.ceil(sockets / processes) + RESERVED;
  if (limit === undefined || needed <= limit) return;
  const enough = Math.ceil(sockets / Math.max(1, limit - RESERVED));
  throw new SluiceError(
    "resourceExhausted",
    `${sockets} sockets in ${processes === 1 ? "one process" : `${processes} processes`} take ${needed} open files each, the limit is ${limit}: raise it (ulimit -n ${needed}) or pass --processes ${enough}`,
  );
}
