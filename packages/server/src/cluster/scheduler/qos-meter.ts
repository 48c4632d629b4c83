import { after, type Instant } from "@sluice/media";
import { cpuFactor, latencyFactor, lossFactor, QOS, qosWeight } from "./qos-weight.js";

/** What was measured of a node last; undefined where nothing was. */
export interface QosReadings {
  readonly latencyMs?: number | undefined;
  readonly lossRatio?: number | undefined;
  readonly cpuPercent?: number | undefined;
}

interface Factor {
  readonly intervalMs: number;
  readonly of: (reading: number) => number;
  /** 1 until it was measured: who is not known to be bad is good. */
  value: number;
  /** Before it no reading is taken. */
  due: Instant | undefined;
}

/**
 * The QoS weight of one node, each factor sampled at its own interval: between two samples readings change nothing, so that a weight
 * does not move with every record. Has no clock: `now` comes with the readings.
 */
export class QosMeter {
  readonly #latency: Factor = { intervalMs: QOS.latency.intervalMs, of: latencyFactor, value: 1, due: undefined };
  readonly #loss: Factor = { intervalMs: QOS.loss.intervalMs, of: lossFactor, value: 1, due: undefined };
  readonly #cpu: Factor = { intervalMs: QOS.cpu.intervalMs, of: cpuFactor, value: 1, due: undefined };
  #unreadable = 0;

  /** 0.3–1.2. */
  get weight(): number {
    return qosWeight(this.#latency.value, this.#loss.value, this.#cpu.value);
  }

  /** Readings that were no number; the factor stayed as it was. */
  get unreadable(): number {
    return this.#unreadable;
  }

  handleReadings({ latencyMs, lossRatio, cpuPercent }: QosReadings, now: Instant): void {
    this.#sample(this.#latency, latencyMs, now);
    this.#sample(this.#loss, lossRatio, now);
    this.#sample(this.#cpu, cpuPercent, now);
  }

  #sample(factor: Factor, reading: number | undefined, now: Instant): void {
    if (reading === undefined || (factor.due !== undefined && now < factor.due)) return;
    if (Number.isNaN(reading)) {
      this.#unreadable += 1;
      return;
    }
    factor.value = factor.of(reading);
    factor.due = after(now, factor.intervalMs);
  }
}
