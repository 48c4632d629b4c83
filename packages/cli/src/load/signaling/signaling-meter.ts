import { ErrorTally } from "../error-tally.js";
import { LatencyHistogram } from "../latency-histogram.js";
import { REQUEST_NAMES, type RequestName, type SignalingSample } from "./signaling-messages.js";

/** Times of one request, monotonic ms. */
export interface RequestTimes {
  readonly intendedMs: number;
  readonly sentMs: number;
  readonly answeredMs: number;
}

/** Counts what happens in one process, until it is taken. Every latency but `service` begins when the request was due. */
export class SignalingMeter {
  readonly #requests = Object.fromEntries(REQUEST_NAMES.map((name) => [name, new LatencyHistogram()])) as Readonly<
    Record<RequestName, LatencyHistogram>
  >;
  readonly #service = new LatencyHistogram();
  readonly #lag = new LatencyHistogram();
  readonly #delivery = new LatencyHistogram();
  readonly #connect = new LatencyHistogram();
  readonly #requestErrors = new ErrorTally();
  readonly #connectionErrors = new ErrorTally();
  #sent = 0;
  #connectionAttempts = 0;
  #cpu = process.cpuUsage();

  handleSent(intendedMs: number, sentMs: number): void {
    this.#sent += 1;
    this.#lag.record((sentMs - intendedMs) * 1_000);
  }

  handleAnswer(name: RequestName, { intendedMs, sentMs, answeredMs }: RequestTimes): void {
    this.#requests[name].record((answeredMs - intendedMs) * 1_000);
    this.#service.record((answeredMs - sentMs) * 1_000);
  }

  handleRequestError(code: string, message: string): void {
    this.#requestErrors.add(code, message);
  }

  handleDelivery(intendedMs: number, nowMs: number): void {
    this.#delivery.record((nowMs - intendedMs) * 1_000);
  }

  handleConnectionAttempt(): void {
    this.#connectionAttempts += 1;
  }

  handleConnected(intendedMs: number, nowMs: number): void {
    this.#connect.record((nowMs - intendedMs) * 1_000);
  }

  handleConnectionError(code: string, message: string): void {
    this.#connectionErrors.add(code, message);
  }

  take(now: Pick<SignalingSample, "step" | "connections" | "inFlight">): SignalingSample {
    const cpu = process.cpuUsage(this.#cpu);
    this.#cpu = process.cpuUsage();
    const sample: SignalingSample = {
      ...now,
      sent: this.#sent,
      connectionAttempts: this.#connectionAttempts,
      requests: Object.fromEntries(
        REQUEST_NAMES.map((name) => [name, this.#requests[name].take()]),
      ) as SignalingSample["requests"],
      service: this.#service.take(),
      lag: this.#lag.take(),
      delivery: this.#delivery.take(),
      connect: this.#connect.take(),
      requestErrors: this.#requestErrors.take(),
      connectionErrors: this.#connectionErrors.take(),
      cpuMs: (cpu.user + cpu.system) / 1_000,
    };
    this.#sent = 0;
    this.#connectionAttempts = 0;
    return sample;
  }
}
