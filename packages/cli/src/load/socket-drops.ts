import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** Datagrams that the kernel has dropped because a UDP socket was full, of this process or of all here; 0 where there is no /proc. */
export function socketDrops(pid?: number): number {
  const inodes = pid === undefined ? undefined : new Set(socketInodes(pid));
  let drops = 0;
  for (const table of ["udp", "udp6"]) {
    for (const line of linesOf(`/proc/net/${table}`)) {
      // … uid timeout inode ref pointer drops
      const fields = line.trim().split(/\s+/);
      if (inodes?.has(fields[9] ?? "") !== false) drops += Number(fields[12]);
    }
  }
  return drops;
}

function socketInodes(pid: number): string[] {
  const directory = `/proc/${pid}/fd`;
  try {
    return readdirSync(directory).flatMap((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`${directory}/${fd}`))?.[1] ?? [];
      } catch {
        return []; // Closed meanwhile.
      }
    });
  } catch {
    return []; // Not Linux, or the process has ended.
  }
}

/** Without the heading. */
function linesOf(path: string): string[] {
  try {
    return readFileSync(path, "utf8").trimEnd().split("\n").slice(1);
  } catch {
    return [];
  }
}
