import { readdirSync, readFileSync } from "node:fs";

/** How long a process may take to notice that its parent has ended, in ms. */
const GRACE_MS = 3_000;
const POLL_MS = 50;

/**
 * Waits for every process that was started with `marker` ("NAME=value") in its environment to end, then kills what remains.
 *
 * Browsers leave the process group they were started in, but keep the environment. Only Linux shows it; elsewhere nothing
 * is found.
 *
 * @param {string} marker
 * @returns {Promise<string[]>} the processes that had to be killed, as "command (pid)"
 */
export async function killMarked(marker) {
  const processes = await waitForEnd(marker);
  for (const { pid } of processes) {
    try {
      process.kill(pid, "SIGKILL");
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== "ESRCH") throw error;
    }
  }
  if (processes.length > 0) await waitForEnd(marker);
  return processes.map(({ pid, command }) => `${command} (${pid})`);
}

/** Those that are still there after {@link GRACE_MS}. @param {string} marker */
async function waitForEnd(marker) {
  const deadline = performance.now() + GRACE_MS;
  let processes = findMarked(marker);
  while (processes.length > 0 && performance.now() < deadline) {
    await new Promise((resume) => setTimeout(resume, POLL_MS));
    processes = findMarked(marker);
  }
  return processes;
}

/** @param {string} marker */
function findMarked(marker) {
  if (process.platform !== "linux") return [];
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => pid !== process.pid && readProc(pid, "environ").split("\0").includes(marker))
    .map((pid) => ({ pid, command: readProc(pid, "comm").trim() }));
}

/** Empty when the process has ended or belongs to somebody else. @param {number} pid @param {string} name */
function readProc(pid, name) {
  try {
    return readFileSync(`/proc/${pid}/${name}`, "latin1");
  } catch {
    return "";
  }
}
