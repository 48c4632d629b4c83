import { EXPOSITION_CONTENT_TYPE } from "../telemetry/serialize-metrics.js";
import type { AdminRoute } from "./admin-server.js";

/** `GET /metrics`. Who scrapes while another scrape is on its way gets the same answer. */
export function metricsRoute(token: string | undefined, scrape: () => Promise<string>): AdminRoute {
  let current: Promise<string> | undefined;
  return {
    token,
    async answer(_request, response) {
      current ??= scrape().finally(() => {
        current = undefined;
      });
      response.writeHead(200, { "Content-Type": EXPOSITION_CONTENT_TYPE }).end(await current);
    },
  };
}
