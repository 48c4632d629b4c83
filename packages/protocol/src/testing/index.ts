export { participantInfo, roomInfo } from "./infos.js";
export { MemoryServer, type ServerSocket } from "./memory-server.js";
export { settle, VirtualScheduler } from "./virtual-scheduler.js";
