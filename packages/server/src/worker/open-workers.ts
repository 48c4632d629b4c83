import { networkInterfaces } from "node:os";
import type { Config } from "../config/config.js";
import type { Log } from "../log/log.js";
import { planSockets } from "./socket-plan.js";
import { workerEnvironment } from "./worker-environment.js";
import { WORKER_FLAGS, WORKER_PROGRAM } from "./worker-program.js";
import { WorkerSupervisor } from "./worker-supervisor.js";

/** Starts a node's media workers. They load at the same time as the rest of it, which then listens to them. */
export function openWorkers(config: Config, log: Log): WorkerSupervisor {
  const interfaces = networkInterfaces();
  const supervisor = new WorkerSupervisor({
    program: WORKER_PROGRAM,
    flags: WORKER_FLAGS,
    workers: Array.from({ length: config.workers }, (_, index) => {
      const { packetPath, retransmissionTtlMs, audio } = config;
      const audioLevelIntervalMs = audio.updateIntervalMs;
      const isMetered = config.admin !== undefined || config.cluster !== undefined;
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
