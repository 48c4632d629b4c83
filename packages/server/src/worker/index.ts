/** What somebody needs who starts media workers himself: the node's supervisor, and the bench. */
import { fileURLToPath } from "node:url";

export type { FromWorker, ToWorker, WorkerLoad, WorkerReady, WorkerStatistics } from "./messages.js";
export type { PacketPath, UdpBind, WorkerOptions } from "./worker-options.js";

/** Path of the program to `fork`, with one argument: the WorkerOptions as JSON. */
export const WORKER_PROGRAM = fileURLToPath(new URL("worker-process/main.js", import.meta.url));
