import type { MediaCore } from "@sluice/media";
import type { TcpPort, UdpPort } from "@sluice/native";
import type { Histogram } from "../../telemetry/histogram.js";
import { quantileOf } from "../../telemetry/quantile.js";
import type { WorkerLoad } from "../messages.js";

/** Turns ever-growing counters into what happened since the last reading. */
export class LoadMeter {
  readonly #core: MediaCore;
  readonly #udp: UdpPort;
  readonly #tcp: TcpPort | undefined;
  readonly #delays: Histogram | undefined;
  #delayCounts: readonly number[] = [];
  #cpu = process.cpuUsage();
  #at = performance.now();
  #packetsIn = 0;
  #packetsOut = 0;

  /** `delays`: of packets forwarded, in s; undefined: nobody measures them. */
  constructor(core: MediaCore, udp: UdpPort, tcp: TcpPort | undefined, delays: Histogram | undefined) {
    this.#core = core;
    this.#udp = udp;
    this.#tcp = tcp;
    this.#delays = delays;
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
      forwardingDelayP99Ms: this.#readDelayP99(),
      rssBytes: rss,
      heapUsedBytes: heapUsed,
    };
  }

  #readDelayP99(): number {
    if (this.#delays === undefined) return 0;
    const { bounds, counts } = this.#delays.read();
    const since = counts.map((count, bucket) => count - (this.#delayCounts[bucket] ?? 0));
    this.#delayCounts = counts;
    return (quantileOf(0.99, bounds, since) ?? 0) * 1000;
  }
}
