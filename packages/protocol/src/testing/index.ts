export { MemoryServer, type ServerSocket } from "./memory-server.js";
export { settle, VirtualScheduler } from "./virtual-scheduler.js";
