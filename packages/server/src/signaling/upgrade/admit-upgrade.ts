import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { ERROR_CODES, SluiceError } from "@sluice/protocol";
import type { Log } from "../../log/log.js";
import type { RequestSpans } from "../../telemetry/tracing/request-spans.js";
import type { ConnectionsByIp } from "./connections-by-ip.js";
import { refuseUpgrade } from "./refuse-upgrade.js";
import { requestPath } from "./request-path.js";

export interface UpgradeOptions<T> {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly connectionsByIp: ConnectionsByIp;
  readonly counters: { upgradesRefused: number };
  readonly log: Log;
  /** Undefined: nothing is traced. */
  readonly spans?: RequestSpans | undefined;
  /** Rejects with SluiceError for who may not come in. */
  readonly admit: () => Promise<T>;
  /** Hands the socket to ws, which looks after its errors from then on. Throws SluiceError for who may not come in after all. */
  readonly open: (admitted: T) => void;
}

const SWITCHING_PROTOCOLS = 101;
/** No status of HTTP's, but what many servers write down of who has not waited for one. */
const CLIENT_CLOSED = 499;

/** From an upgrade request to a WebSocket. Never rejects: what is not granted is answered with its HTTP status, and counted. */
export async function admitUpgrade<T>(options: UpgradeOptions<T>): Promise<void> {
  const { request, socket, connectionsByIp, counters, log, spans, admit, open } = options;
  // Listeners have their upgrades by path, so there are few different ones.
  const span = spans?.startHttp(request, requestPath(request.url));
  let status = SWITCHING_PROTOCOLS;
  // Until ws takes over, a reset by the peer must not become an uncaught error.
  const ignoreReset = () => socket.destroy();
  socket.on("error", ignoreReset);
  try {
    const admitted = await admit();
    if (socket.destroyed) {
      status = CLIENT_CLOSED;
      return;
    }
    const release = connectionsByIp.count(request.socket.remoteAddress ?? "");
    socket.once("close", release);
    if (span === undefined) open(admitted);
    else spans?.tracer.run(span, () => open(admitted));
    socket.off("error", ignoreReset);
  } catch (error) {
    counters.upgradesRefused += 1;
    if (!(error instanceof SluiceError)) log.error({ error }, "an upgrade failed for a reason of ours");
    const refusal = error instanceof SluiceError ? error : new SluiceError("internal", "internal error");
    status = ERROR_CODES[refusal.code].http;
    refuseUpgrade(socket, refusal);
  } finally {
    if (span !== undefined) spans?.endHttp(span, status);
  }
}
