import { readdirSync, readFileSync } from "node:fs";
import { socketDrops } from "@sluice/cli";
import { cpuSecondsOf } from "./process-cpu.js";

/** A process and all that come from it, as they are now. Linux only: it reads /proc. */
export class ProcessTree {
  readonly pids: readonly number[];

  constructor(root: number) {
    const children = new Map<number, number[]>();
    for (const pid of readdirSync("/proc").map(Number).filter(Number.isInteger)) {
      const parent = parentOf(pid);
      if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), pid]);
    }
    const found = [root];
    for (const pid of found) found.push(...(children.get(pid) ?? []));
    this.pids = found;
  }

  /** CPU time so far of all threads. */
  async cpuSeconds(): Promise<number> {
    const each = await Promise.all(this.pids.map((pid) => cpuSecondsOf({ pid })));
    return each.reduce((sum, seconds) => sum + seconds, 0);
  }

  /** Proportional set size: a page that several processes share counts once. */
  memoryBytes(): number {
    return this.pids.reduce((sum, pid) => {
      const kilobytes = /^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1];
      return sum + Number(kilobytes ?? Number.NaN) * 1_024;
    }, 0);
  }

  /** Datagrams that the kernel dropped because a socket was full. */
  socketDrops(): number {
    return this.pids.reduce((sum, pid) => sum + socketDrops(pid), 0);
  }
}

function parentOf(pid: number): number | undefined {
  try {
    // pid (name, which may hold anything) state ppid …
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    return undefined; // It has ended meanwhile.
  }
}
