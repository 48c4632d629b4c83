import type { MediaCore } from "@sluice/media";
import type { UdpPort } from "@sluice/native";
import type { ConsumerStatistics, ProducerStatistics, WorkerStatistics } from "../messages.js";

/** Reads every counter of the worker; the names of socket counters get the prefix "udp.". */
export function collectStatistics(core: MediaCore, udp: UdpPort): WorkerStatistics {
  const drops: Record<string, number> = core.drops.toRecord();
  for (const [name, value] of Object.entries(udp.counters)) drops[`udp.${name}`] = value;
  const producers: ProducerStatistics[] = [];
  const consumers: ConsumerStatistics[] = [];
  for (const router of core.routers.values()) {
    for (const producer of router.producers.values()) {
      let [packets, bytes, lost, keyFrames, jitterMs] = [0, 0, 0, 0, 0];
      for (const stream of producer.streams) {
        packets += stream.packets;
        bytes += stream.bytes;
        lost += stream.statistics.packetsLost;
        keyFrames += stream.keyFramesSeen;
        jitterMs = Math.max(jitterMs, stream.statistics.jitterMs);
      }
      producers.push({ producerId: producer.id, packets, bytes, lost, jitterMs, keyFrames });
    }
    for (const consumer of router.consumers.values()) {
      consumers.push({
        consumerId: consumer.id,
        packets: consumer.packetsSent,
        bytes: consumer.payloadBytesSent,
        retransmitted: consumer.retransmitted,
        lossRatio: consumer.lossRatio,
        roundTripMs: consumer.roundTripMs,
      });
    }
  }
  return { drops, producers, consumers };
}
