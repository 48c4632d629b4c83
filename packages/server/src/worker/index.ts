/** What somebody needs who starts media workers himself: the node's supervisor, and the bench. */
import { fileURLToPath } from "node:url";

export type { FromWorker, ToWorker, WorkerLoad, WorkerReady } from "./messages.js";
export type { PacketPath, SocketBind, WorkerOptions } from "./worker-options.js";

/** Path of the program to `fork`, with one argument: the WorkerOptions as JSON. */
export const WORKER_PROGRAM = fileURLToPath(new URL("worker-process/main.js", import.meta.url));
export type { WorkerStatistics } from "./worker-statistics.js";
