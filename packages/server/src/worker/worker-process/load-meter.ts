import type { MediaCore } from "@sluice/media";
import type { TcpPort, UdpPort } from "@sluice/native";
import type { WorkerLoad } from "../messages.js";

/** Turns ever-growing counters into what happened since the last reading. */
export class LoadMeter {
  readonly #core: MediaCore;
  readonly #udp: UdpPort;
  readonly #tcp: TcpPort | undefined;
  #cpu = process.cpuUsage();
  #at = performance.now();
  #packetsIn = 0;
  #packetsOut = 0;

  constructor(core: MediaCore, udp: UdpPort, tcp: TcpPort | undefined) {
    this.#core = core;
    this.#udp = udp;
    this.#tcp = tcp;
  }

  read(): WorkerLoad {
    const now = performance.now();
    const seconds = Math.max(0.001, (now - this.#at) / 1000);
    const cpu = process.cpuUsage(this.#cpu);
    const packetsIn = this.#core.packetsReceived - this.#packetsIn;
    const packetsOut = this.#udp.counters.sentDatagrams + (this.#tcp?.counters.sentFrames ?? 0) - this.#packetsOut;
    this.#cpu = process.cpuUsage();
    this.#at = now;
    this.#packetsIn += packetsIn;
    this.#packetsOut += packetsOut;
    let producers = 0;
    let consumers = 0;
    for (const router of this.#core.routers.values()) {
      producers += router.producers.size;
      consumers += router.consumers.size;
    }
    const { rss, heapUsed } = process.memoryUsage();
    return {
      type: "load",
      cpu: (cpu.user + cpu.system) / 1e6 / seconds,
      transports: this.#core.transports.size,
      producers,
      consumers,
      packetsInPerSecond: packetsIn / seconds,
      packetsOutPerSecond: packetsOut / seconds,
      rssBytes: rss,
      heapUsedBytes: heapUsed,
    };
  }
}
