import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { SluiceError } from "@sluice/protocol";
import type { Log } from "../../log/log.js";
import type { ConnectionsByIp } from "./connections-by-ip.js";
import { refuseUpgrade } from "./refuse-upgrade.js";

export interface UpgradeOptions<T> {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly connectionsByIp: ConnectionsByIp;
  readonly counters: { upgradesRefused: number };
  readonly log: Log;
  /** Rejects with SluiceError for who may not come in. */
  readonly admit: () => Promise<T>;
  /** Hands the socket to ws, which looks after its errors from then on. Throws SluiceError for who may not come in after all. */
  readonly open: (admitted: T) => void;
}

/** From an upgrade request to a WebSocket. Never rejects: what is not granted is answered with its HTTP status, and counted. */
export async function admitUpgrade<T>(options: UpgradeOptions<T>): Promise<void> {
  const { request, socket, connectionsByIp, counters, log, admit, open } = options;
  // Until ws takes over, a reset by the peer must not become an uncaught error.
  const ignoreReset = () => socket.destroy();
  socket.on("error", ignoreReset);
  try {
    const admitted = await admit();
    if (socket.destroyed) return;
    const release = connectionsByIp.count(request.socket.remoteAddress ?? "");
    socket.once("close", release);
    open(admitted);
    socket.off("error", ignoreReset);
  } catch (error) {
    counters.upgradesRefused += 1;
    if (!(error instanceof SluiceError)) log.error({ error }, "an upgrade failed for a reason of ours");
    refuseUpgrade(socket, error instanceof SluiceError ? error : new SluiceError("internal", "internal error"));
  }
}
