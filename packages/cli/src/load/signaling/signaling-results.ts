import { ErrorTally } from "../error-tally.js";
import { LatencyHistogram } from "../latency-histogram.js";
import { Timeline } from "../timeline.js";
import { REQUEST_NAMES, type RequestName, type SignalingSample } from "./signaling-messages.js";

/** One step of a load. */
export interface StepResults {
  /** That there were to be, and those that were there at its end. */
  readonly wantedConnections: number;
  connections: number;
  readonly latency: LatencyHistogram;
  sent: number;
  errors: number;
}

/** What all processes of a load have told, put together. */
export class SignalingResults {
  readonly all = new LatencyHistogram();
  readonly byRequest = new Map<RequestName, LatencyHistogram>();
  readonly service = new LatencyHistogram();
  readonly lag = new LatencyHistogram();
  readonly delivery = new LatencyHistogram();
  readonly connect = new LatencyHistogram();
  readonly requestErrors = new ErrorTally();
  readonly connectionErrors = new ErrorTally();
  readonly timeline = new Timeline();
  readonly steps: readonly StepResults[];
  sent = 0;
  connectionAttempts = 0;
  readonly #connections = new Map<number, number>();
  /** CPU of each process while requests were sent, ms. */
  readonly #cpuMs = new Map<number, number>();

  constructor(steps: readonly number[]) {
    this.steps = steps.map((wantedConnections) => {
      return { wantedConnections, connections: 0, latency: new LatencyHistogram(), sent: 0, errors: 0 };
    });
  }

  /** Open now, in all processes. */
  get connections(): number {
    return [...this.#connections.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Of the process that used most. */
  get mostCpuMs(): number {
    return Math.max(0, ...this.#cpuMs.values());
  }

  /** `atMs`: since the beginning. */
  add(sample: SignalingSample, processIndex: number, atMs: number): void {
    this.#connections.set(processIndex, sample.connections);
    const errors = [...sample.requestErrors, ...sample.connectionErrors].reduce((sum, { count }) => sum + count, 0);
    for (const name of REQUEST_NAMES) {
      const counts = sample.requests[name];
      if (counts.count === 0) continue;
      const histogram = this.byRequest.get(name) ?? new LatencyHistogram();
      this.byRequest.set(name, histogram);
      histogram.add(counts);
      this.all.add(counts);
    }
    this.service.add(sample.service);
    this.lag.add(sample.lag);
    this.delivery.add(sample.delivery);
    this.connect.add(sample.connect);
    for (const { code, message, count } of sample.requestErrors) this.requestErrors.add(code, message, count);
    for (const { code, message, count } of sample.connectionErrors) this.connectionErrors.add(code, message, count);
    this.sent += sample.sent;
    this.connectionAttempts += sample.connectionAttempts;
    this.timeline.add(atMs, processIndex, sample.connections, Object.values(sample.requests), errors);
    const step = sample.step === undefined ? undefined : this.steps[sample.step];
    if (step === undefined) return;
    this.#cpuMs.set(processIndex, (this.#cpuMs.get(processIndex) ?? 0) + sample.cpuMs);
    for (const counts of Object.values(sample.requests)) step.latency.add(counts);
    step.connections = this.connections;
    step.sent += sample.sent;
    step.errors += errors;
  }
}
