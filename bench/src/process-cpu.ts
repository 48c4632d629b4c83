import { readdir, readFile } from "node:fs/promises";

/**
 * CPU time of another process so far, seconds, all its threads together (V8's helpers included): the nanoseconds that Linux
 * keeps per thread. Ten thousand times finer than `ps`. What threads used that have ended is not in it.
 */
export async function cpuSecondsOf(process: { readonly pid?: number | undefined }): Promise<number> {
  const tasks = `/proc/${process.pid}/task`;
  let nanoseconds = 0;
  for (const task of await readdir(tasks)) {
    // It may have ended since it was listed.
    const text = await readFile(`${tasks}/${task}/schedstat`, "utf8").catch(() => "0");
    nanoseconds += Number(text.split(" ")[0]);
  }
  return nanoseconds / 1e9;
}
