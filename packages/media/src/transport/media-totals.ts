import type { Consumer } from "../router/consumer.js";
import type { Producer } from "../router/producer.js";
import type { RtcpPacket } from "../rtcp/rtcp-packet.js";

/** A Transport as the totals know it. */
export interface CountedTransport {
  readonly state: { readonly type: string };
  readonly isUnlimited: boolean;
  readonly bytesReceived: number;
  readonly outlet: { readonly bytesSent: number; readonly paced: { readonly deferred: number; readonly dropped: number } };
  readonly reception: { readonly producers: Iterable<Producer> };
  readonly consumersBySsrc: ReadonlyMap<number, Consumer>;
}

/** RTP of one kind, from publishers and to subscribers. */
export class RtpTotals {
  packetsReceived = 0;
  bytesReceived = 0;
  packetsLost = 0;
  packetsNacked = 0;
  keyFramesReceived = 0;
  keyFrameRequestsSent = 0;
  /** Not forwarded because others were louder. */
  packetsWithheld = 0;
  packetsSent = 0;
  payloadBytesSent = 0;
  packetsRetransmitted = 0;
  /** Asked for and not sent again: gone or too old; beyond the limits. */
  retransmissionsMissed = 0;
  retransmissionsRefused = 0;
  /** The receiver agreed on no such payload type. */
  packetsUnmapped = 0;
  layerSwitches = 0;
  keyFramesReplayed = 0;
}

/** What went over Transports of one kind. */
export class LegTotals {
  bytesReceived = 0;
  bytesSent = 0;
  /** Video that had to wait for its turn, and that for which there was no room. */
  packetsPaced = 0;
  packetsOverPaced = 0;
  readonly audio = new RtpTotals();
  readonly video = new RtpTotals();
}

/**
 * What all Transports, Producers and Consumers of a worker did so far. Each counts for itself while it is there, so that nothing is
 * counted twice on the packet path; here is what is left of those that have closed, to which {@link withOpen} adds the others.
 */
export class MediaTotals {
  readonly client = new LegTotals();
  /** Between the workers of a node. */
  readonly pipe = new LegTotals();
  /** RTCP packets by type. */
  readonly rtcpReceived = noRtcp();
  readonly rtcpSent = noRtcp();

  handleRtcp(counts: RtcpCounts, packets: readonly RtcpPacket[]): void {
    for (const { type } of packets) counts[type]++;
  }

  addTransport({ isUnlimited, bytesReceived, outlet }: CountedTransport): void {
    const leg = isUnlimited ? this.pipe : this.client;
    leg.bytesReceived += bytesReceived;
    leg.bytesSent += outlet.bytesSent;
    leg.packetsPaced += outlet.paced.deferred;
    leg.packetsOverPaced += outlet.paced.dropped;
  }

  addProducer(producer: Producer, { isUnlimited }: CountedTransport): void {
    const totals = (isUnlimited ? this.pipe : this.client)[producer.kind];
    const { packets, bytes, lost, packetsNacked, keyFrames, keyFrameRequests } = producer.streamTotals();
    totals.packetsReceived += packets;
    totals.bytesReceived += bytes;
    totals.packetsLost += lost;
    totals.packetsNacked += packetsNacked;
    totals.keyFramesReceived += keyFrames;
    totals.keyFrameRequestsSent += keyFrameRequests;
    totals.packetsWithheld += producer.packetsWithheld;
  }

  addConsumer(consumer: Consumer, { isUnlimited }: CountedTransport): void {
    const totals = (isUnlimited ? this.pipe : this.client)[consumer.kind];
    totals.packetsSent += consumer.packetsSent;
    totals.payloadBytesSent += consumer.payloadBytesSent;
    totals.packetsRetransmitted += consumer.retransmitted;
    totals.retransmissionsMissed += consumer.retransmission.missed;
    totals.retransmissionsRefused += consumer.retransmission.refused;
    totals.packetsUnmapped += consumer.droppedPayloadType;
    totals.layerSwitches += consumer.layerSwitches;
    totals.keyFramesReplayed += consumer.replays;
  }

  /** With what these did, which are all that are open. */
  withOpen(transports: Iterable<CountedTransport>): MediaTotals {
    const totals = new MediaTotals();
    addNumbers(totals, this);
    for (const transport of transports) {
      // One that has closed by itself is in already, but not yet what it carried.
      if (transport.state.type !== "closed") totals.addTransport(transport);
      for (const producer of transport.reception.producers) totals.addProducer(producer, transport);
      for (const consumer of transport.consumersBySsrc.values()) totals.addConsumer(consumer, transport);
    }
    return totals;
  }
}

export type RtcpCounts = Record<RtcpPacket["type"], number>;

function noRtcp(): RtcpCounts {
  return {
    senderReport: 0,
    receiverReport: 0,
    sourceDescription: 0,
    bye: 0,
    nack: 0,
    pli: 0,
    fir: 0,
    remb: 0,
    extendedReport: 0,
    transportFeedback: 0,
    unknown: 0,
  };
}

/** Adds every number of `source`, also of the objects in it, to that of the same name. */
function addNumbers(target: object, source: object): void {
  for (const [name, value] of Object.entries(source)) {
    const into = target as Record<string, unknown>;
    if (typeof value === "number") into[name] = (into[name] as number) + value;
    else addNumbers(into[name] as object, value as object);
  }
}
