import {
  CONSUMER_COLUMNS,
  type ConsumerRow,
  LAYER_COLUMNS,
  type LayerRow,
  PRODUCER_COLUMNS,
  type ProducerRow,
  readTable,
  TRANSPORT_COLUMNS,
  type TransportRow,
  type WorkerStatistics,
} from "../worker/worker-statistics.js";
import { Measured } from "./measured.js";

/** Longer between two polls than this, s, and a mean over it says nothing about now. */
const MAX_INTERVAL_SECONDS = 30;

/** A Producer with its layers. */
export interface ProducerReading extends ProducerRow {
  readonly layers: readonly LayerRow[];
}

/** What one worker counted for one room. */
export interface RoomReading {
  readonly atMs: number;
  readonly producers: readonly ProducerReading[];
  readonly consumers: readonly ConsumerRow[];
  readonly transports: readonly TransportRow[];
}

/** One room's media in numbers: the last reading of its worker, and what changed since the one before. */
export class RoomStatistics {
  #atMs = 0;
  #seconds = 0;
  #producers: ReadonlyMap<string, Measured<ProducerReading>> = new Map();
  #consumers: ReadonlyMap<string, Measured<ConsumerRow>> = new Map();
  #transports: ReadonlyMap<string, Measured<TransportRow>> = new Map();

  /** Between the last two readings; 0 when there were not two. */
  get seconds(): number {
    return this.#seconds;
  }

  producer(producerId: string): Measured<ProducerReading> | undefined {
    return this.#producers.get(producerId);
  }

  consumer(consumerId: string): Measured<ConsumerRow> | undefined {
    return this.#consumers.get(consumerId);
  }

  transport(transportId: string): Measured<TransportRow> | undefined {
    return this.#transports.get(transportId);
  }

  /** Takes the place of the last reading; what it does not mention is forgotten. */
  handleReading({ atMs, producers, consumers, transports }: RoomReading): void {
    const seconds = (atMs - this.#atMs) / 1000;
    // Another worker has another clock.
    const isContinued = seconds > 0 && seconds <= MAX_INTERVAL_SECONDS;
    const compare = <R extends { readonly id: string }>(rows: readonly R[], before: ReadonlyMap<string, Measured<R>>) =>
      new Map(rows.map((row) => [row.id, new Measured(row, isContinued ? before.get(row.id)?.row : undefined, seconds)]));
    this.#producers = compare(producers, this.#producers);
    this.#consumers = compare(consumers, this.#consumers);
    this.#transports = compare(transports, this.#transports);
    this.#atMs = atMs;
    this.#seconds = isContinued ? seconds : 0;
  }
}

/** A worker's tables, room by room. */
export function readingsByRoom(statistics: WorkerStatistics): ReadonlyMap<string, RoomReading> {
  const layers = groupBy(readTable(LAYER_COLUMNS, statistics.layers), ({ producer }) => producer);
  const producers = readTable(PRODUCER_COLUMNS, statistics.producers).map((row, index) => {
    return { ...row, layers: layers.get(index) ?? [] };
  });
  const producersByRoom = groupBy(producers, ({ id }) => roomIdOf(id));
  const consumersByRoom = groupBy(readTable(CONSUMER_COLUMNS, statistics.consumers), ({ id }) => roomIdOf(id));
  const transportsByRoom = groupBy(readTable(TRANSPORT_COLUMNS, statistics.transports), ({ id }) => roomIdOf(id));
  const roomIds = new Set([...producersByRoom.keys(), ...transportsByRoom.keys()]);
  return new Map(
    [...roomIds].map((roomId) => [
      roomId,
      {
        atMs: statistics.atMs,
        producers: producersByRoom.get(roomId) ?? [],
        consumers: consumersByRoom.get(roomId) ?? [],
        transports: transportsByRoom.get(roomId) ?? [],
      },
    ]),
  );
}

/** Ids at the worker begin with the room's. */
export function roomIdOf(id: string): string {
  const end = id.indexOf(":");
  return end < 0 ? id : id.slice(0, end);
}

function groupBy<T, K>(items: readonly T[], keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}
