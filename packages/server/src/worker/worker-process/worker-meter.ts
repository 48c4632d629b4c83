import type { LegTotals, MediaCore, RtcpPacket, RtpTotals } from "@sluice/media";
import { BANDWIDTH_BYTES_PER_SECOND, FORWARDING_SECONDS, LOSS_RATIOS, ROUND_TRIP_SECONDS } from "../../telemetry/buckets.js";
import { Histogram } from "../../telemetry/histogram.js";
import { MetricReadings, type PlainReadings } from "../../telemetry/metric-readings.js";
import { numbersOf } from "../../telemetry/numbers-of.js";
import { ProcessMeter } from "../../telemetry/process-meter.js";
import { snakeCase } from "../../telemetry/snake-case.js";
import { coreDrops, tcpDrops, udpDrops } from "./drop-causes.js";
import type { PacketPathParts } from "./packet-path.js";
import { RisingReadings } from "./rising-readings.js";

export interface WorkerMeterOptions {
  readonly index: number;
  readonly core: MediaCore;
  readonly parts: Pick<PacketPathParts, "udp" | "tcp" | "pool">;
  readonly forwardingDelays: ForwardingDelays;
}

const KINDS = ["audio", "video"] as const;
const LEGS = ["client", "pipe"] as const;
const STATES = ["new", "connecting", "connected", "closed"] as const;

/** How long packets were here, for a UdpPort that tells of its batches. */
export class ForwardingDelays {
  readonly histogram = new Histogram(FORWARDING_SECONDS);
  readonly handleBatchSent = (elapsedUs: number, datagrams: number): void => {
    this.histogram.record(elapsedUs / 1e6, datagrams);
  };
}

/** What one media worker tells of itself. Counters are read where they are; only what changes all the time is looked at each second. */
export class WorkerMeter {
  readonly #options: WorkerMeterOptions;
  readonly #process: ProcessMeter;
  readonly #estimates = new Histogram(BANDWIDTH_BYTES_PER_SECOND);
  readonly #roundTrips = new Histogram(ROUND_TRIP_SECONDS);
  readonly #losses = { audio: new Histogram(LOSS_RATIOS), video: new Histogram(LOSS_RATIOS) };
  readonly #rising = new RisingReadings();
  #commandsFailed = 0;

  constructor(options: WorkerMeterOptions) {
    this.#options = options;
    this.#process = new ProcessMeter(`worker-${options.index}`);
  }

  handleCommandFailed(): void {
    this.#commandsFailed += 1;
  }

  /** Once a second. */
  sample(): void {
    for (const { isUnlimited, bandwidth, roundTripMs, consumersBySsrc } of this.#options.core.transports.values()) {
      if (isUnlimited) continue;
      if (bandwidth.estimateBps !== undefined) this.#estimates.record(bandwidth.estimateBps / 8);
      if (roundTripMs !== undefined) this.#roundTrips.record(roundTripMs / 1000);
      for (const { kind, lossRatio, packetsSent } of consumersBySsrc.values()) {
        if (packetsSent > 0) this.#losses[kind].record(lossRatio);
      }
    }
  }

  read(): PlainReadings {
    const readings = new MetricReadings();
    this.#readObjects(readings);
    this.#readSockets(readings);
    this.#readTotals(readings);
    this.#readDistributions(readings);
    this.#readDrops(readings);
    this.#process.read(readings);
    return this.#rising.raise(readings.toPlain());
  }

  close(): void {
    this.#process.close();
  }

  get #worker(): { readonly worker: number } {
    return { worker: this.#options.index };
  }

  #readObjects(readings: MetricReadings): void {
    const { core } = this.#options;
    readings.add("sluice_routers", core.routers.size, this.#worker);
    let starved = 0;
    let paced = 0;
    const transports = new Map<string, number>(LEGS.flatMap((leg) => STATES.map((state) => [`${leg} ${state}`, 0] as const)));
    const counts = new Map(LEGS.map((leg) => [leg, { producers: { audio: 0, video: 0 }, consumers: { audio: 0, video: 0 } }]));
    for (const { isUnlimited, state, reception, consumersBySsrc, outlet } of core.transports.values()) {
      const leg = isUnlimited ? "pipe" : "client";
      const key = `${leg} ${state.type}`;
      transports.set(key, (transports.get(key) ?? 0) + 1);
      paced += outlet.paced.count;
      const count = counts.get(leg);
      if (count === undefined) continue;
      for (const { kind } of reception.producers) count.producers[kind] += 1;
      for (const consumer of consumersBySsrc.values()) {
        count.consumers[consumer.kind] += 1;
        if (consumer.isStarved) starved += 1;
      }
    }
    for (const [key, count] of transports) {
      const [leg = "", state = ""] = key.split(" ");
      readings.add("sluice_transports", count, { ...this.#worker, leg, state });
    }
    for (const [leg, { producers, consumers }] of counts) {
      for (const kind of KINDS) {
        readings.add("sluice_producers", producers[kind], { ...this.#worker, leg, kind });
        readings.add("sluice_consumers", consumers[kind], { ...this.#worker, leg, kind });
      }
    }
    readings.add("sluice_consumers_starved", starved, this.#worker);
    readings.add("sluice_queue_length", paced, { ...this.#worker, queue: "paced" });
    readings.add("sluice_queue_length", core.feedback.count, { ...this.#worker, queue: "feedback" });
  }

  #readSockets(readings: MetricReadings): void {
    const { udp, tcp, pool } = this.#options.parts;
    const worker = this.#worker;
    const { counters } = udp;
    readings.add("sluice_datagrams_received_total", counters.receivedDatagrams, { ...worker, protocol: "udp" });
    readings.add("sluice_datagrams_received_total", tcp?.counters.receivedFrames ?? 0, { ...worker, protocol: "tcp" });
    readings.add("sluice_datagrams_sent_total", counters.sentDatagrams, { ...worker, protocol: "udp" });
    readings.add("sluice_datagrams_sent_total", tcp?.counters.sentFrames ?? 0, { ...worker, protocol: "tcp" });
    readings.add("sluice_udp_calls_total", counters.receiveCalls, { ...worker, direction: "receive" });
    readings.add("sluice_udp_calls_total", counters.sendCalls, { ...worker, direction: "send" });
    readings.add("sluice_udp_receive_errors_total", counters.receiveErrors, worker);
    readings.add("sluice_udp_unknown_address_total", counters.unknownAddress, worker);
    readings.add("sluice_udp_segmentation_fallbacks_total", counters.segmentationFallbacks, worker);
    readings.add("sluice_tcp_connections_accepted_total", tcp?.counters.acceptedConnections ?? 0, worker);
    readings.add("sluice_queue_length", udp.queuedMessages, { ...worker, queue: "socket" });
    readings.add("sluice_packet_slots_free", pool.available, worker);
  }

  #readTotals(readings: MetricReadings): void {
    const { core } = this.#options;
    const totals = core.totals.withOpen(core.transports.values());
    for (const leg of LEGS) {
      readLeg(readings, totals[leg], { ...this.#worker, leg });
      for (const kind of KINDS) readRtp(readings, totals[leg][kind], { ...this.#worker, leg, kind });
    }
    readings.add("sluice_rtp_packets_forwarded_total", core.packetsForwarded, this.#worker);
    for (const type of Object.keys(totals.rtcpSent) as RtcpPacket["type"][]) {
      const labels = { ...this.#worker, type: snakeCase(type) };
      readings.add("sluice_rtcp_packets_received_total", totals.rtcpReceived[type], labels);
      readings.add("sluice_rtcp_packets_sent_total", totals.rtcpSent[type], labels);
    }
  }

  #readDistributions(readings: MetricReadings): void {
    const worker = this.#worker;
    readings.add("sluice_forwarding_delay_seconds", this.#options.forwardingDelays.histogram.read(), worker);
    readings.add("sluice_bandwidth_estimate_bytes_per_second", this.#estimates.read(), worker);
    readings.add("sluice_round_trip_time_seconds", this.#roundTrips.read(), worker);
    for (const kind of KINDS) readings.add("sluice_receiver_loss_ratio", this.#losses[kind].read(), { ...worker, kind });
  }

  #readDrops(readings: MetricReadings): void {
    const { core, parts } = this.#options;
    readings.add("sluice_commands_failed_total", this.#commandsFailed, this.#worker);
    for (const [name, times] of numbersOf(core.drops.ice)) {
      readings.add("sluice_ice_messages_total", times, { ...this.#worker, outcome: snakeCase(name) });
    }
    for (const [name, drops] of [
      ["sluice_media_drops_total", coreDrops(core.drops)],
      ["sluice_sctp_drops_total", coreDrops(core.drops.sctp)],
      ["sluice_udp_drops_total", udpDrops(parts.udp.counters)],
      ["sluice_tcp_drops_total", parts.tcp === undefined ? [] : tcpDrops(parts.tcp.counters)],
    ] as const) {
      for (const [cause, times] of drops) readings.add(name, times, { ...this.#worker, cause });
    }
  }
}

interface LegLabels {
  readonly worker: number;
  readonly leg: string;
}

function readLeg(readings: MetricReadings, totals: LegTotals, leg: LegLabels): void {
  const { audio, video } = totals;
  readings.add("sluice_transport_bytes_received_total", totals.bytesReceived, leg);
  readings.add("sluice_transport_bytes_sent_total", totals.bytesSent, leg);
  readings.add("sluice_rtp_packets_paced_total", totals.packetsPaced, leg);
  readings.add("sluice_key_frames_received_total", video.keyFramesReceived, leg);
  readings.add("sluice_key_frame_requests_sent_total", video.keyFrameRequestsSent, leg);
  readings.add("sluice_key_frames_replayed_total", video.keyFramesReplayed, leg);
  readings.add("sluice_layer_switches_total", video.layerSwitches, leg);
  for (const [cause, times] of [
    ["paced_queue_full", totals.packetsOverPaced],
    ["payload_type", audio.packetsUnmapped + video.packetsUnmapped],
    ["retransmission_too_late", audio.retransmissionsMissed + video.retransmissionsMissed],
    ["retransmission_over_limit", audio.retransmissionsRefused + video.retransmissionsRefused],
  ] as const) {
    readings.add("sluice_forwarding_drops_total", times, { ...leg, cause });
  }
}

function readRtp(readings: MetricReadings, totals: RtpTotals, leg: LegLabels & { readonly kind: string }): void {
  readings.add("sluice_rtp_packets_received_total", totals.packetsReceived, leg);
  readings.add("sluice_rtp_bytes_received_total", totals.bytesReceived, leg);
  readings.add("sluice_rtp_packets_lost_total", Math.max(0, totals.packetsLost), leg);
  readings.add("sluice_rtp_packets_nacked_total", totals.packetsNacked, leg);
  readings.add("sluice_rtp_packets_withheld_total", totals.packetsWithheld, leg);
  readings.add("sluice_rtp_packets_sent_total", totals.packetsSent, leg);
  readings.add("sluice_rtp_payload_bytes_sent_total", totals.payloadBytesSent, leg);
  readings.add("sluice_rtp_packets_retransmitted_total", totals.packetsRetransmitted, leg);
}
