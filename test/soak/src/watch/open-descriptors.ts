import { readdirSync } from "node:fs";

/** Files, sockets and pipes that a process has open; undefined where there is no /proc. */
export function openDescriptors(pid: number): number | undefined {
  try {
    return readdirSync(`/proc/${pid}/fd`).length;
  } catch {
    return undefined; // Not Linux, or the process has ended, which others tell.
  }
}
