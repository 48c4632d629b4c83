import { candidatePriority, type IceCandidate, MediaCore, type NtpTime, ntpFromUnixMs } from "@sluice/media";
import { monotonicNow } from "@sluice/native";
import type { FromWorker, ToWorker } from "../messages.js";
import type { WorkerOptions } from "../worker-options.js";
import { applyCommand } from "./apply-command.js";
import { LoadMeter } from "./load-meter.js";
import { openPacketPath, type PacketPathParts } from "./packet-path.js";
import { collectStatistics } from "./statistics.js";

/** How often the core's deadlines are looked at, ms; the core itself works in steps of 10 ms. */
const TICK_MS = 10;

const LOAD_INTERVAL_MS = 1000;

/**
 * One media worker: sockets, timers and the IPC channel around a {@link MediaCore}. All it does is carry: datagrams and time to
 * the core, commands from the control process to it, and its events back.
 */
export class MediaWorker {
  readonly core: MediaCore;
  readonly #parts: PacketPathParts;
  readonly #send: (message: FromWorker) => void;
  readonly #load: LoadMeter;
  readonly #tick: NodeJS.Timeout;
  readonly #loadTimer: NodeJS.Timeout;

  private constructor(parts: PacketPathParts, send: (message: FromWorker) => void) {
    this.#parts = parts;
    this.#send = send;
    const ntpAtOrigin = (ntpFromUnixMs(Date.now()) - performance.now()) as NtpTime;
    const { memory, pool, udp, crypto, dtls } = parts;
    this.core = new MediaCore({ memory, pool, egress: udp, crypto, dtls, ntpAtOrigin });
    this.#load = new LoadMeter(this.core, udp);
    udp.start(this.core);
    this.#tick = setInterval(() => this.#handleTick(), TICK_MS);
    this.#loadTimer = setInterval(() => send(this.#load.read()), LOAD_INTERVAL_MS);
  }

  /** Opens the sockets; the first message sent is `ready`. */
  static async open(options: WorkerOptions, send: (message: FromWorker) => void): Promise<MediaWorker> {
    const parts = await openPacketPath(options);
    const worker = new MediaWorker(parts, send);
    send({
      type: "ready",
      fingerprint: parts.dtls.fingerprint,
      candidates: hostCandidates(options, parts),
      packetPath: parts.description,
    });
    return worker;
  }

  handleMessage(message: ToWorker): void {
    switch (message.type) {
      case "getStatistics":
        this.#send({
          type: "statistics",
          requestId: message.requestId,
          statistics: collectStatistics(this.core, this.#parts.udp),
        });
        return;
      case "shutdown":
        this.close();
        return;
      default: {
        const failure = applyCommand(this.core, message, monotonicNow());
        if (failure !== undefined) this.#send(failure);
        this.#drain();
      }
    }
  }

  /** Says goodbye to every peer and closes the sockets. */
  close(): void {
    clearInterval(this.#tick);
    clearInterval(this.#loadTimer);
    for (const routerId of [...this.core.routers.keys()]) this.core.closeRouter(routerId);
    this.#drain();
    this.#parts.udp.close();
  }

  #handleTick(): void {
    this.core.handleTimeout(monotonicNow());
    this.#drain();
  }

  #drain(): void {
    this.#parts.udp.flush();
    for (let event = this.core.pollEvent(); event !== undefined; event = this.core.pollEvent()) {
      this.#send({ type: "media", event });
    }
  }
}

/** What the worker announces: each announced address with the real port of the bind of its family. */
function hostCandidates(options: WorkerOptions, parts: PacketPathParts): IceCandidate[] {
  const candidates: IceCandidate[] = [];
  for (const [index, ip] of options.announcedIps.entries()) {
    const family = ip.includes(":") ? "IPv6" : "IPv4";
    const local = parts.udp.localAddresses.find((address) => address.family === family);
    if (local === undefined) continue;
    const priority = candidatePriority("host", 65_535 - index, 1);
    candidates.push({ foundation: `${index + 1}`, priority, family, ip, port: local.port, type: "host" });
  }
  return candidates;
}
