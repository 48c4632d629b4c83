import { networkInterfaces } from "node:os";
import { fileURLToPath } from "node:url";
import type { Config } from "../config/config.js";
import type { Log } from "../log/log.js";
import { planSockets } from "./socket-plan.js";
import { workerEnvironment } from "./worker-environment.js";
import { WorkerSupervisor } from "./worker-supervisor.js";

/** Starts a node's media workers. They load at the same time as the rest of it, which then listens to them. */
export function openWorkers(config: Config, log: Log): WorkerSupervisor {
  const interfaces = networkInterfaces();
  const supervisor = new WorkerSupervisor({
    program: fileURLToPath(new URL("./worker-process/main.js", import.meta.url)),
    workers: Array.from({ length: config.workers }, (_, index) => {
      const { packetPath, retransmissionTtlMs, audio } = config;
      const audioLevelIntervalMs = audio.updateIntervalMs;
      const isMetered = config.admin !== undefined;
      return {
        index,
        packetPath,
        retransmissionTtlMs,
        audioLevelIntervalMs,
        isMetered,
        ...planSockets(config, interfaces, index),
      };
    }),
    log,
    environment: workerEnvironment(),
  });
  supervisor.prepare();
  return supervisor;
}
