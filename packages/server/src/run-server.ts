import type { Config } from "./config/config.js";
import { createLog, type Log } from "./log/log.js";
import type { RunningServer } from "./main.js";
import { openWorkers } from "./worker/open-workers.js";

/** Whatever still hangs after this is not worth waiting for, ms. */
const EXIT_TIMEOUT_MS = 3_000;

/**
 * A node in a process of its own (see startServer): SIGTERM and SIGINT end it gracefully with exit code 0 (a second one at once),
 * and an error nobody caught ends it with 1, because what is left after one cannot be trusted; whoever runs it starts it again.
 */
export async function runServer(config: Config): Promise<RunningServer> {
  const log = createLog(config.log);
  process.on("uncaughtException", (error) => dieOf(error, log));
  process.on("unhandledRejection", (error) => dieOf(error, log));
  // The workers load while this process loads everything that they do not need.
  const workers = openWorkers(config, log);
  const { startServer } = await import("./main.js");
  const server = await startServer(config, log, workers);
  let isEnding = false;
  const end = async (signal: NodeJS.Signals) => {
    if (isEnding) process.exit(1);
    isEnding = true;
    log.info({ signal }, "shutting down");
    setTimeout(() => process.exit(1), EXIT_TIMEOUT_MS).unref();
    await server.close();
    process.exit(0);
  };
  process.on("SIGTERM", (signal) => void end(signal));
  process.on("SIGINT", (signal) => void end(signal));
  return server;
}

function dieOf(error: unknown, log: Log): never {
  log.fatal({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }, "uncaught error");
  process.exit(1);
}
