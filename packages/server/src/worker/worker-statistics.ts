/**
 * What a worker counts, as it crosses the IPC channel each second: tables of numbers instead of objects, for a room of two
 * thousand receivers must not keep the packet path waiting while it is serialized (0.2 ms instead of 2).
 */

/** One row for each id; the values of a row lie side by side. */
export interface Table {
  readonly ids: readonly string[];
  readonly values: Float64Array;
}

/** One row as an object. NaN says that a value is not known. */
export type Row<C extends readonly string[]> = { readonly id: string } & { readonly [K in C[number]]: number };

/** Counters grow for as long as the Producer is there. */
export const PRODUCER_COLUMNS = [
  "packets",
  "bytes",
  "lost",
  "jitterMs",
  "keyFrames",
  /** Requests sent to the publisher. */
  "packetsNacked",
  "keyFrameRequests",
  /** The publisher's own, whoever is subscribed. */
  "freezes",
  "frozenMs",
  /** Packets that were not forwarded because others were louder. */
  "withheld",
] as const;

/** The spatial layers of video, smallest first; the id is the rid, or empty. */
export const LAYER_COLUMNS = [
  /** The row of its Producer. */
  "producer",
  /** Over the last second, of the layer with all that it needs. */
  "bitrateBps",
  /** 1: it is being sent. */
  "isActive",
] as const;

export const CONSUMER_COLUMNS = [
  "packets",
  "bytes",
  /** Sequence numbers within what was sent that no packet has: the receiver counts them as lost. */
  "skipped",
  "retransmitted",
  /** From the receiver's last report: share of packets lost in its interval, 0–1. */
  "lossRatio",
  "roundTripMs",
  /** Which layers are sent; NaN while nothing is. */
  "spatialLayer",
  "temporalLayer",
  "layerSwitches",
  "freezes",
  "frozenMs",
  /** 1: nothing is sent because the path to the receiver does not carry it. */
  "isStarved",
] as const;

export const TRANSPORT_COLUMNS = [
  "roundTripMs",
  "bytesReceived",
  "bytesSent",
  /** Congestion control's estimate of the path to the peer. */
  "availableDownBps",
] as const;

export type ProducerRow = Row<typeof PRODUCER_COLUMNS>;
export type LayerRow = Row<typeof LAYER_COLUMNS>;
export type ConsumerRow = Row<typeof CONSUMER_COLUMNS>;
export type TransportRow = Row<typeof TRANSPORT_COLUMNS>;

export interface WorkerStatistics {
  /** When they were read, ms of the worker's monotonic clock. */
  readonly atMs: number;
  /** Datagrams and packets dropped so far, by cause. */
  readonly drops: Readonly<Record<string, number>>;
  readonly producers: Table;
  readonly layers: Table;
  readonly consumers: Table;
  readonly transports: Table;
}

export function writeTable<C extends readonly string[]>(columns: C, rows: readonly Row<C>[]): Table {
  const values = new Float64Array(rows.length * columns.length);
  let at = 0;
  for (const row of rows) for (const column of columns) values[at++] = row[column as C[number]];
  return { ids: rows.map(({ id }) => id), values };
}

export function readTable<C extends readonly string[]>(columns: C, { ids, values }: Table): Row<C>[] {
  return ids.map((id, row) => {
    const read: Record<string, string | number> = { id };
    for (const [column, name] of columns.entries()) read[name] = values[row * columns.length + column] ?? Number.NaN;
    return read as Row<C>;
  });
}
