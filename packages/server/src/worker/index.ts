/** What somebody needs who starts media workers himself: the node's supervisor, and the bench. */
export type { FromWorker, ToWorker, WorkerLoad, WorkerReady } from "./messages.js";
export type { PacketPath, SocketBind, WorkerOptions } from "./worker-options.js";
export { WORKER_FLAGS, WORKER_PROGRAM } from "./worker-program.js";
export type { WorkerStatistics } from "./worker-statistics.js";
