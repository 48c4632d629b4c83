import { MAX_RTP_BYTES, type PacketMemory } from "../bytes/packet-memory.js";
import { BandwidthEstimator } from "../congestion/bandwidth-estimator.js";
import { sentPacketFlags } from "../congestion/feedback-results.js";
import { KEY_EXHAUSTED, type SrtpSender } from "../srtp/srtp-sender.js";
import type { Instant } from "../time/instant.js";
import { SendClock } from "../time/send-clock.js";
import type { Egress } from "../transport/egress.js";
import { RoundTripTime } from "../transport/round-trip-time.js";
import { type AddressId, UNKNOWN_ADDRESS } from "../transport/transport-address.js";
import { PacedQueue } from "./paced-queue.js";
import type { PacketQueue, PacketReceiver } from "./packet-receiver.js";
import { ReplayPacer } from "./replay-pacer.js";
import { RetransmissionBudget } from "./retransmission-budget.js";
import { RETRANSMISSION } from "./retransmission-limits.js";
import { NO_STAMP } from "./sent-packet-log.js";

/**
 * The sending end of a Transport as Consumers see it: where RTP is protected and leaves to one destination.
 *
 * During a batch the Consumers with something to send queue here, and {@link drain} lets them send one after the other, so
 * that everything for one destination is committed together and can leave as few GSO sends.
 */
export class RtpOutlet implements PacketQueue {
  readonly memory: PacketMemory;
  /** To the receiver and back. */
  readonly roundTrip = new RoundTripTime();
  /** What the path to the receiver carries. */
  readonly bandwidth = new BandwidthEstimator();
  /** Video that must wait for its turn. */
  readonly paced = new PacedQueue();
  /** Of all Consumers that send here. */
  readonly retransmissionBudget = new RetransmissionBudget(this);
  /** Of all Consumers that send here. */
  readonly replayPacer = new ReplayPacer();
  /** How long beyond a round trip a packet may be sent again, ms. */
  retransmissionTtlMs: number = RETRANSMISSION.defaultTtlMs;
  /** Of {@link bandwidth}, which every packet would have to go through otherwise. */
  readonly #sentPackets = this.bandwidth.sentPackets;
  readonly #egress: Egress;
  readonly #clock: SendClock;
  readonly #queue: PacketReceiver[] = [];
  #queued = 0;
  /** Whether receivers begin with a key frame of the past where that will do. */
  replaysKeyFrames = true;
  /** A probe may be sent any moment. */
  isProbing = false;
  /** Video may have to wait in {@link paced}. False, which it nearly always is: nothing there has to be looked at. */
  isPacing = false;
  /** Set once DTLS has given the keys. */
  sender: SrtpSender | undefined;
  /** Set once ICE has selected an address. */
  address: AddressId = UNKNOWN_ADDRESS;
  /** What the last packet said to the receiver's congestion control; {@link NO_STAMP}: nothing. */
  lastStamp: number = NO_STAMP;
  packetsSent = 0;
  bytesSent = 0;

  /** `clock`: of all Outlets that one batch serves. */
  constructor(memory: PacketMemory, egress: Egress, clock: SendClock = new SendClock()) {
    this.memory = memory;
    this.#egress = egress;
    this.#clock = clock;
  }

  get isReady(): boolean {
    return this.sender !== undefined && this.address !== UNKNOWN_ADDRESS;
  }

  /** Something is to be done every few ms, packet or no packet. */
  get isBusy(): boolean {
    return this.isProbing || this.paced.count > 0;
  }

  /** The estimate may be another: before anybody has come to the path's end it is only what the path carries at least. */
  updatePacing(): void {
    this.setPacing(this.bandwidth.isLimitKnown ? this.bandwidth.estimateBps : undefined);
  }

  /** What the path carries, in bit/s; undefined: unknown, so no video waits that does not wait already. */
  setPacing(estimateBps: number | undefined): void {
    this.paced.setEstimate(estimateBps);
    this.isPacing = estimateBps !== undefined || this.paced.count > 0;
  }

  /** True when it is the first of this batch. */
  enqueue(receiver: PacketReceiver): boolean {
    this.#queue[this.#queued++] = receiver;
    return this.#queued === 1;
  }

  /** When what is sent now leaves. */
  get now(): Instant {
    return this.#clock.now;
  }

  /** What is sent from now on leaves at `now`. */
  setNow(now: Instant): void {
    this.#clock.advance(now);
  }

  /** Lets everybody in the queue send. */
  drain(now: Instant): void {
    this.setNow(now);
    const count = this.#queued;
    this.#queued = 0;
    if (!this.isReady) return;
    if (this.isPacing) this.paced.drain(now);
    for (let index = 0; index < count; index++) (this.#queue[index] as PacketReceiver).sendPending();
  }

  /**
   * Sends one RTP packet: the header of `headerBytes` at `header` is copied and its fields overwritten, the payload is
   * encrypted from where it lies.
   *
   * `stampAt`: where in the header congestion control has its place ({@link HeaderPlan}), 0 for none. `stamp`: what to write
   * there, because this packet went out with it before; a packet that leaves for the first time gets a new one, which is then
   * in {@link lastStamp}. Only that one counts as sent for the estimate.
   */
  sendRtp(
    header: number,
    headerBytes: number,
    markerAndPayloadType: number,
    ssrc: number,
    extendedSequenceNumber: number,
    timestamp: number,
    payload: number,
    payloadBytes: number,
    isAudio: boolean,
    stampAt = 0,
    stamp: number = NO_STAMP,
    isRetransmission = false,
  ): boolean {
    const sender = this.sender;
    if (sender === undefined || this.address === UNKNOWN_ADDRESS) return false;
    const packetBytes = headerBytes + payloadBytes + sender.rtpOverheadBytes;
    if (packetBytes > MAX_RTP_BYTES) return false;
    const { view, bytes } = this.memory;
    const destination = this.#egress.reserve(MAX_RTP_BYTES);
    bytes[destination] = bytes[header] as number;
    bytes[destination + 1] = markerAndPayloadType;
    view.setUint16(destination + 2, extendedSequenceNumber & 0xffff);
    view.setInt32(destination + 4, timestamp | 0);
    view.setInt32(destination + 8, ssrc | 0);
    for (let at = 12; at < headerBytes; at += 4) view.setInt32(destination + at, view.getInt32(header + at));
    this.lastStamp = stamp;
    if (stampAt > 0) {
      if (stamp === NO_STAMP)
        this.lastStamp = this.#sentPackets.add(packetBytes, sentPacketFlags(isAudio, isRetransmission), this.now);
      view.setUint16(destination + stampAt, this.lastStamp);
    } else if (stampAt < 0) {
      if (stamp === NO_STAMP) this.lastStamp = absoluteSendTime(this.now);
      view.setUint16(destination - stampAt, this.lastStamp >> 8);
      bytes[destination - stampAt + 2] = this.lastStamp;
    }
    const sizeBytes = sender.protectRtp(destination, headerBytes, payload, payloadBytes, ssrc, extendedSequenceNumber);
    if (sizeBytes === KEY_EXHAUSTED) return false;
    this.#egress.commit(this.address, sizeBytes, isAudio);
    this.packetsSent++;
    this.bytesSent += sizeBytes;
    if (this.isPacing) this.paced.handleSent(sizeBytes);
    return true;
  }
}

/** 24 bits in units of 2^-18 s, wrapping every 64 s (the abs-send-time extension). */
function absoluteSendTime(now: Instant): number {
  return Math.floor(((now % 64_000_000) * 2 ** 18) / 1_000_000);
}
