import type { AdminConfig } from "../config/config.js";
import type { Log } from "../log/log.js";
import { NodeProfiler, type ProfiledWorkers } from "../profiling/node-profiler.js";
import { ProcessProfiler } from "../profiling/process-profiler.js";
import type { MeteredNode } from "../telemetry/node-meter.js";
import { ProcessMeter } from "../telemetry/process-meter.js";
import { type MeteredWorkers, scrape } from "../telemetry/scrape.js";
import { VERSION } from "../telemetry/version.js";
import { type AdminRoute, AdminServer } from "./admin-server.js";
import { metricsRoute } from "./metrics-route.js";
import { profileRoutes } from "./profile-routes.js";

export interface OperatorAccessOptions {
  readonly config: AdminConfig;
  readonly node: MeteredNode;
  readonly workers: MeteredWorkers & ProfiledWorkers;
  readonly log: Log;
}

/** All that operators have of a node: the listener, with what their configuration asks for behind it. */
export class OperatorAccess {
  readonly #server: AdminServer;
  readonly #process: ProcessMeter;

  private constructor(server: AdminServer, process: ProcessMeter) {
    this.#server = server;
    this.#process = process;
  }

  /** Listening when it resolves. Throws SluiceError `failedPrecondition` when the address cannot be bound. */
  static async open({ config, node, workers, log }: OperatorAccessOptions): Promise<OperatorAccess> {
    const process = new ProcessMeter("control");
    const routes = new Map<string, AdminRoute>();
    if (config.metrics.isEnabled) {
      routes.set(
        "/metrics",
        metricsRoute(config.metrics.token, () => scrape({ node, workers, process, version: VERSION })),
      );
    }
    if (config.profiling !== undefined) {
      const profiler = new NodeProfiler(new ProcessProfiler(), workers);
      for (const [path, route] of profileRoutes(config.profiling.token, profiler, log)) routes.set(path, route);
    }
    try {
      const server = await AdminServer.open({ bindAddress: config.bindAddress, routes, log });
      log.info({ url: server.url, paths: [...routes.keys()] }, "listening for operators");
      return new OperatorAccess(server, process);
    } catch (error) {
      process.close();
      throw error;
    }
  }

  get url(): string {
    return this.#server.url;
  }

  async close(): Promise<void> {
    this.#process.close();
    await this.#server.close();
  }
}
