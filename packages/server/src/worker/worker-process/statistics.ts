import type { Consumer, Instant, MediaCore, Producer, Transport } from "@sluice/media";
import type { TcpPort, UdpPort } from "@sluice/native";
import {
  CONSUMER_COLUMNS,
  type ConsumerRow,
  LAYER_COLUMNS,
  type LayerRow,
  PRODUCER_COLUMNS,
  type ProducerRow,
  TRANSPORT_COLUMNS,
  type TransportRow,
  type WorkerStatistics,
  writeTable,
} from "../worker-statistics.js";

/** Counted from 0. */
const ALL_TEMPORAL_LAYERS = 7;

/** Reads every counter of the worker; the names of socket counters get the prefix "udp." or "tcp.". */
export function collectStatistics(
  core: MediaCore,
  { udp, tcp }: { readonly udp: UdpPort; readonly tcp: TcpPort | undefined },
  now: Instant,
): WorkerStatistics {
  const drops: Record<string, number> = core.drops.toRecord();
  for (const [name, value] of Object.entries(udp.counters)) drops[`udp.${name}`] = value;
  for (const [name, value] of Object.entries(tcp?.counters ?? {})) drops[`tcp.${name}`] = value;
  const producers: ProducerRow[] = [];
  const layers: LayerRow[] = [];
  const consumers: ConsumerRow[] = [];
  for (const router of core.routers.values()) {
    for (const producer of router.producers.values()) {
      if (producer.kind === "video") layers.push(...layerRows(producer, producers.length));
      producers.push(producerRow(producer, now));
    }
    for (const consumer of router.consumers.values()) consumers.push(consumerRow(consumer, now));
  }
  return {
    atMs: now / 1000,
    drops,
    producers: writeTable(PRODUCER_COLUMNS, producers),
    layers: writeTable(LAYER_COLUMNS, layers),
    consumers: writeTable(CONSUMER_COLUMNS, consumers),
    transports: writeTable(TRANSPORT_COLUMNS, [...core.transports.values()].map(transportRow)),
  };
}

function producerRow(producer: Producer, now: Instant): ProducerRow {
  const { packets, bytes, lost, keyFrames, packetsNacked, keyFrameRequests } = producer.streamTotals();
  let jitterMs = 0;
  for (const stream of producer.streams) jitterMs = Math.max(jitterMs, stream.statistics.jitterMs);
  return {
    id: producer.id,
    packets,
    bytes,
    lost,
    jitterMs,
    keyFrames,
    packetsNacked,
    keyFrameRequests,
    freezes: producer.freezes.freezesAt(now),
    frozenMs: producer.freezes.frozenMsAt(now),
    withheld: producer.packetsWithheld,
  };
}

function layerRows(producer: Producer, row: number): LayerRow[] {
  const { layers } = producer;
  return Array.from({ length: layers.count }, (_, layer) => ({
    id: producer.ridOf(layer) ?? "",
    producer: row,
    bitrateBps: Math.round(layers.bitrateBps(layer, ALL_TEMPORAL_LAYERS)),
    isActive: Number(layers.isActive(layer)),
  }));
}

function consumerRow(consumer: Consumer, now: Instant): ConsumerRow {
  const { layers } = consumer;
  return {
    id: consumer.id,
    packets: consumer.packetsSent,
    bytes: consumer.payloadBytesSent,
    skipped: consumer.skipped,
    retransmitted: consumer.retransmitted,
    lossRatio: consumer.lossRatio,
    roundTripMs: consumer.roundTripMs ?? Number.NaN,
    spatialLayer: layers?.spatialLayer ?? Number.NaN,
    temporalLayer: layers?.temporalLayer ?? Number.NaN,
    layerSwitches: consumer.layerSwitches,
    freezes: consumer.freezes.freezesAt(now),
    frozenMs: consumer.freezes.frozenMsAt(now),
    isStarved: Number(consumer.isStarved),
  };
}

function transportRow({ id, roundTripMs = Number.NaN, bytesReceived, outlet, bandwidth }: Transport): TransportRow {
  const availableDownBps = bandwidth.estimateBps ?? Number.NaN;
  return { id, roundTripMs, bytesReceived, bytesSent: outlet.bytesSent, availableDownBps };
}
