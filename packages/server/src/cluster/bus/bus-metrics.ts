import { counter, gauge } from "../../telemetry/metric.js";
import { numbersOf } from "../../telemetry/numbers-of.js";
import { snakeCase } from "../../telemetry/snake-case.js";
import type { BusReadings } from "./bus.js";

/** What a node's bus tells. */
export const BUS_METRICS = {
  sluice_bus_connected: gauge("1 when the broker of the bus can be reached"),
  sluice_bus_interruptions_total: counter("Times that the connection to the broker was lost"),
  sluice_bus_subscriptions: gauge("Channels of the bus that this node listens to"),
  sluice_bus_waiting: gauge("Messages of other nodes that wait to be handled or are being handled"),
  sluice_bus_waiting_bytes: gauge("Bytes of their payloads"),
  sluice_bus_outbox: gauge("Messages of this node that the broker has not confirmed"),
  sluice_bus_outbox_bytes: gauge("Bytes of them"),
  sluice_bus_published_total: counter("Messages of this node that the broker has confirmed"),
  sluice_bus_resent_total: counter("Messages that were sent again because a connection ended before they were confirmed"),
  sluice_bus_received_total: counter("What came by the broker, this node's own messages included"),
  sluice_bus_handled_total: counter("Messages of other nodes that were handled"),
  sluice_bus_retries_total: counter("Messages whose handler failed and that come again"),
  sluice_bus_gaps_total: counter("Times that a sender's messages were missing, expired, or of a new session"),
  sluice_bus_drops_total: counter("Messages that were not taken, given up, or could not be published", "direction", "cause"),
} as const;

export type BusMetricName = keyof typeof BUS_METRICS;

export interface BusSample {
  readonly name: BusMetricName;
  readonly value: number;
  readonly labels: Readonly<Record<string, string>>;
}

/** Of those that came, what is no loss: counted elsewhere, or a node's own voice. */
const NO_DROPS = new Set(["received", "accepted", "marks", "own", "gaps", "handled", "retried", "published", "resent"]);

/** Every sample of {@link BUS_METRICS}, from one reading. */
export function readBusMetrics(readings: BusReadings): BusSample[] {
  const { inboxCounters, consumerCounters, outboxCounters } = readings;
  const plain: Readonly<Record<Exclude<BusMetricName, "sluice_bus_drops_total">, number>> = {
    sluice_bus_connected: readings.isConnected ? 1 : 0,
    sluice_bus_interruptions_total: readings.interruptions,
    sluice_bus_subscriptions: readings.subscriptions,
    sluice_bus_waiting: readings.waiting,
    sluice_bus_waiting_bytes: readings.waitingBytes,
    sluice_bus_outbox: readings.outbox,
    sluice_bus_outbox_bytes: readings.outboxBytes,
    sluice_bus_published_total: outboxCounters.published,
    sluice_bus_resent_total: outboxCounters.resent,
    sluice_bus_received_total: inboxCounters.received,
    sluice_bus_handled_total: consumerCounters.handled,
    sluice_bus_retries_total: consumerCounters.retried,
    sluice_bus_gaps_total: inboxCounters.gaps,
  };
  const samples = Object.entries(plain).map(([name, value]) => ({ name: name as BusMetricName, value, labels: {} }));
  return [
    ...samples,
    ...readDrops("in", inboxCounters, "arrived_"),
    ...readDrops("in", consumerCounters),
    ...readDrops("out", outboxCounters),
  ];
}

/** `late`: what is put before `expired`, which a message can be when it arrives and later. */
function readDrops(direction: "in" | "out", counters: object, late = ""): BusSample[] {
  return numbersOf(counters)
    .filter(([cause]) => !NO_DROPS.has(cause))
    .map(([cause, value]) => {
      const label = cause === "expired" ? `${late}${cause}` : snakeCase(cause);
      return { name: "sluice_bus_drops_total", value, labels: { direction, cause: label } };
    });
}
