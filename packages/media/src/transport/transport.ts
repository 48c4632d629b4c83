import type { PacketMemory } from "../bytes/packet-memory.js";
import { MAX_RTP_BYTES } from "../bytes/packet-memory.js";
import type { BandwidthEstimator } from "../congestion/bandwidth-estimator.js";
import type { CryptoPort } from "../crypto/crypto-port.js";
import type { DtlsPort, DtlsSession } from "../dtls/dtls-port.js";
import type { IceAgent } from "../ice/ice-agent.js";
import type { IceCredentials } from "../ice/ice-parameters.js";
import type { Consumer } from "../router/consumer.js";
import type { MediaPacket } from "../router/media-packet.js";
import { PACKET_OUTCOME, type Producer } from "../router/producer.js";
import type { Router } from "../router/router.js";
import { RtpOutlet } from "../router/rtp-outlet.js";
import { SenderClock } from "../router/sender-clock.js";
import { parseRtcp, serializeRtcp } from "../rtcp/rtcp-compound.js";
import type { KnownRtcpPacket } from "../rtcp/rtcp-packet.js";
import { parseRtpHeader, trimRtpPadding } from "../rtp/rtp-header.js";
import { SrtpReceiver, UNPROTECT_FAILURE } from "../srtp/srtp-receiver.js";
import { KEY_EXHAUSTED, SrtpSender } from "../srtp/srtp-sender.js";
import { after, earliest, type Instant } from "../time/instant.js";
import type { NtpTime } from "../time/ntp-time.js";
import type { SendClock } from "../time/send-clock.js";
import { BandwidthSharing } from "./bandwidth-sharing.js";
import type { DataCredit } from "./data-credit.js";
import type { DataRates } from "./data-pace.js";
import { DataTransport } from "./data-transport.js";
import type { DropCounters } from "./drop-counters.js";
import type { Egress } from "./egress.js";
import { dispatchFeedback } from "./feedback.js";
import type { FeedbackQueue, FeedbackReceiver } from "./feedback-queue.js";
import type { MediaTotals } from "./media-totals.js";
import type { MediaEvent, RemoteTransportParameters, TransportCloseReason, TransportState } from "./parameters.js";
import { PeerBudget } from "./peer-budget.js";
import { PeerPath } from "./peer-path.js";
import { ReferenceTimes } from "./reference-times.js";
import { buildReports, REPORT_INTERVAL_MS } from "./reports.js";
import { RtpReception } from "./rtp-reception.js";
import { type AddressId, type TransportAddress, UNKNOWN_ADDRESS } from "./transport-address.js";

/** What a Transport needs of the world; the same for all Transports of a process. */
export interface TransportEnvironment {
  readonly memory: PacketMemory;
  readonly egress: Egress;
  readonly sendClock: SendClock;
  readonly crypto: CryptoPort;
  readonly dtls: DtlsPort;
  readonly drops: DropCounters;
  readonly totals: MediaTotals;
  readonly feedback: FeedbackQueue;
  /** See {@link RETRANSMISSION}.defaultTtlMs. */
  readonly retransmissionTtlMs: number;
  readonly dataCredit: DataCredit;
  readonly dataRates: DataRates | undefined;
  ntp(now: Instant): NtpTime;
  /** The Transport claims the datagrams from this address; `isValidated`: more than STUN may be looked at. */
  bindAddress(address: AddressId, transport: Transport, isValidated: boolean): void;
  /** Undoes that. */
  unbindAddress(address: AddressId, transport: Transport): void;
  /** Checks for this ufrag are the Transport's no more. */
  unbindUfrag(ufrag: string, transport: Transport): void;
  emit(event: MediaEvent): void;
}

/**
 * One peer's ICE, DTLS and SRTP: where its datagrams become plain packets and where plain packets become its datagrams.
 *
 * Does no I/O and reads no clock. RTP and RTCP are looked at only when the keys are there, and the keys are there only when the
 * peer's certificate matched its description.
 */
export class Transport implements FeedbackReceiver {
  readonly id: string;
  readonly router: Router;
  readonly outlet: RtpOutlet;
  readonly reception: RtpReception;
  readonly data: DataTransport;
  readonly sharing = new BandwidthSharing();
  /** The peer's wall clock, by its sender reports. */
  readonly clock = new SenderClock();
  /** What the peer wants to know the age of. */
  readonly referenceTimes = new ReferenceTimes();
  queuedFeedback = 0;
  readonly consumersBySsrc = new Map<number, Consumer>();
  /** SSRCs that have been sent from here, ever: an SRTP index must not be used twice under one key. */
  readonly usedSsrcs = new Set<number>();
  /** Of authentic RTP, as it came. */
  bytesReceived = 0;
  readonly #environment: TransportEnvironment;
  readonly #path: PeerPath;
  readonly isControlling: boolean;
  /** See TransportParameters. */
  isUnlimited = false;
  readonly #budget: PeerBudget;
  #remote: RemoteTransportParameters | undefined;
  #dtls: DtlsSession | undefined;
  #receiver: SrtpReceiver | undefined;
  #state: TransportState = { type: "new" };
  #nextReport: Instant | undefined;

  constructor(environment: TransportEnvironment, id: string, router: Router, ice: IceAgent, isControlling: boolean) {
    this.#environment = environment;
    this.id = id;
    this.router = router;
    this.isControlling = isControlling;
    this.#budget = new PeerBudget(environment.drops);
    this.outlet = new RtpOutlet(environment.memory, environment.egress, environment.sendClock);
    this.outlet.retransmissionTtlMs = environment.retransmissionTtlMs;
    this.#path = new PeerPath({
      memory: environment.memory,
      egress: environment.egress,
      drops: environment.drops,
      ice,
      outlet: this.outlet,
      bindAddress: (address, isValidated) => environment.bindAddress(address, this, isValidated),
      unbindAddress: (address) => environment.unbindAddress(address, this),
      unbindUfrag: (ufrag) => environment.unbindUfrag(ufrag, this),
    });
    this.reception = new RtpReception(environment.memory, (ssrc) => this.#receiver?.forget(ssrc >>> 0));
    this.data = new DataTransport(environment, id, (record) => {
      if (this.#dtls?.send(record) === true) this.#flushDtls(false);
    });
  }

  get state(): TransportState {
    return this.#state;
  }

  /** What the path to the peer carries. */
  get bandwidth(): BandwidthEstimator {
    return this.outlet.bandwidth;
  }

  /** To the peer and back, smoothed; undefined until it has answered a report of ours. */
  get roundTripMs(): number | undefined {
    return this.outlet.roundTrip.ms;
  }

  /** The peer's description has arrived. Calling it again updates the ICE side; the certificate cannot change. */
  connect(remote: RemoteTransportParameters, now: Instant): void {
    if (this.#state.type === "closed") return;
    this.#remote ??= remote;
    this.data.setRemote(remote, now);
    this.#path.ice.setRemote(remote.ice, remote.candidates, now);
    this.#drain(now);
  }

  /** See {@link IceAgent}.localUfrags. */
  get localUfrags(): readonly string[] {
    return this.#path.ice.localUfrags;
  }

  /** See {@link IceAgent}.restart: DTLS, SRTP and SCTP go on as if nothing had happened. */
  restartIce(local: IceCredentials, remote: IceCredentials | undefined, now: Instant): void {
    if (this.#state.type === "closed") return;
    this.#path.ice.restart(local, remote, now);
    this.#drain(now);
  }

  handleStun(message: Uint8Array, source: TransportAddress, now: Instant): void {
    if (this.#state.type === "closed" || !this.#budget.admit(this.#budget.control, now)) return;
    this.#path.ice.handleStun(message, source, now);
    this.#drain(now);
  }

  /** The connection of a registered address has ended; another address may be there, or come. */
  handleAddressClosed(address: AddressId, now: Instant): void {
    if (this.#state.type === "closed") return;
    this.#path.handleAddressClosed(address);
    this.#drain(now);
  }

  /** A DTLS datagram from a validated address. */
  handleDtls(datagram: Uint8Array, now: Instant): void {
    if (this.#remote === undefined || this.#state.type === "closed") {
      this.#environment.drops.tooEarly++;
      return;
    }
    if (!this.#budget.admit(this.#receiver === undefined ? this.#budget.control : this.#budget.data, now)) return;
    this.#startDtls(this.#remote, now).handleDatagram(datagram, now);
    this.#drain(now);
  }

  /** An SRTP packet from a validated address, in the slot at `offset`. True: the slot is kept. */
  handleRtp(packet: MediaPacket, offset: number, sizeBytes: number, now: Instant): boolean {
    const { memory, drops } = this.#environment;
    const receiver = this.#receiver;
    if (receiver === undefined) {
      drops.tooEarly++;
      return false;
    }
    if (!this.#budget.admit(this.#budget.media, now)) return false;
    const { header } = packet;
    if (!parseRtpHeader(memory, offset, sizeBytes, header)) {
      drops.malformedRtp++;
      return false;
    }
    const plainBytes = receiver.unprotectRtp(offset, sizeBytes, header);
    if (plainBytes < 0) {
      this.#countFailure(plainBytes);
      return false;
    }
    this.bytesReceived += sizeBytes;
    header.payloadBytes = plainBytes - header.headerBytes;
    packet.reset(offset, plainBytes);
    if (header.hasPadding) {
      if (!trimRtpPadding(memory, offset, plainBytes, header)) {
        drops.malformedRtp++;
        return false;
      }
      packet.sizeBytes = header.headerBytes + header.payloadBytes;
      memory.bytes[offset] = (memory.bytes[offset] as number) & 0xdf;
    }
    const outcome = this.reception.accept(packet, now);
    if (outcome === PACKET_OUTCOME.kept) {
      this.router.markPending(this.reception.lastProducer as Producer);
      return true;
    }
    if (outcome === PACKET_OUTCOME.unwanted) {
      drops.unwantedRtp++;
    } else if (outcome === PACKET_OUTCOME.malformed) {
      drops.malformedPayload++;
    } else {
      drops.unknownSsrc++;
      this.reception.handleStray(header.ssrc);
    }
    return false;
  }

  /** An SRTCP packet from a validated address. It is dispatched when the batch's media has been forwarded. */
  handleRtcp(offset: number, sizeBytes: number, now: Instant): void {
    const { memory, drops } = this.#environment;
    if (this.#receiver === undefined) {
      drops.tooEarly++;
      return;
    }
    if (!this.#budget.admit(this.#budget.control, now)) return;
    const plainBytes = this.#receiver.unprotectRtcp(offset, sizeBytes);
    if (plainBytes < 0) {
      this.#countFailure(plainBytes);
      return;
    }
    this.reception.handleStray(memory.view.getUint32(offset + 4));
    this.#environment.feedback.push(this, memory, offset, plainBytes, now);
  }

  handleFeedback(compound: Uint8Array, arrivedAt: Instant): number {
    if (this.#state.type === "closed") return 0;
    const packets = parseRtcp(compound);
    if (packets === undefined) {
      this.#environment.drops.malformedRtcp++;
      return 0;
    }
    this.#environment.totals.handleRtcp(this.#environment.totals.rtcpReceived, packets);
    const before = this.outlet.packetsSent;
    this.outlet.setNow(arrivedAt);
    const work = dispatchFeedback(this, packets, this.#environment.ntp(arrivedAt), arrivedAt);
    this.outlet.updatePacing();
    return work + this.outlet.packetsSent - before;
  }

  handleTimeout(now: Instant): void {
    if (this.#state.type === "closed") return;
    this.#path.handleTimeout(now);
    if (isDue(this.#dtls?.pollTimeout(), now)) this.#dtls?.handleTimeout(now);
    if (isDue(this.data.pollTimeout(), now)) this.data.handleTimeout(now);
    this.#drain(now);
    if (isDue(this.#nextReport, now)) {
      this.#nextReport = after(now, REPORT_INTERVAL_MS);
      for (const compound of buildReports(this, this.#environment.ntp(now), now)) this.sendRtcp(compound);
    }
  }

  pollTimeout(): Instant | undefined {
    if (this.#state.type === "closed") return undefined;
    const handshake = earliest(this.#path.ice.pollTimeout(), this.#dtls?.pollTimeout());
    return earliest(earliest(this.#nextReport, this.data.pollTimeout()), handshake);
  }

  /** What a registered address of this Transport reads as. */
  addressOf(id: AddressId): TransportAddress | undefined {
    return this.#path.addressOf(id);
  }

  /** Sends one compound packet; false when the Transport cannot send yet. */
  sendRtcp(packets: readonly KnownRtcpPacket[]): boolean {
    const { memory, egress, totals } = this.#environment;
    const { sender, address } = this.outlet;
    if (sender === undefined || address === UNKNOWN_ADDRESS) return false;
    const data = serializeRtcp(packets);
    if (data.length + sender.rtcpOverheadBytes > MAX_RTP_BYTES) return false;
    const destination = egress.reserve(MAX_RTP_BYTES);
    memory.bytes.set(data, destination);
    const sizeBytes = sender.protectRtcp(destination, data.length);
    if (sizeBytes === KEY_EXHAUSTED) return false;
    egress.commit(address, sizeBytes, true);
    totals.handleRtcp(totals.rtcpSent, packets);
    return true;
  }

  /** The Consumer sends here no more. */
  detachConsumer(consumer: Consumer): void {
    if (this.consumersBySsrc.delete(consumer.ssrc)) this.#environment.totals.addConsumer(consumer, this);
  }

  close(reason: TransportCloseReason = "closed"): void {
    if (this.#state.type === "closed") return;
    this.data.close();
    this.#dtls?.close();
    this.#flushDtls();
    this.#dtls = undefined;
    this.#receiver?.close();
    this.#receiver = undefined;
    this.outlet.sender?.close();
    this.outlet.sender = undefined;
    this.#path.close();
    this.#environment.totals.addTransport(this);
    this.#setState({ type: "closed", reason });
  }

  #setState(state: TransportState): void {
    this.#state = state;
    this.#environment.emit({ type: "transportState", transportId: this.id, state });
  }

  #startDtls(remote: RemoteTransportParameters, now: Instant): DtlsSession {
    if (this.#dtls === undefined) {
      const options = { role: remote.dtlsRole, remoteFingerprints: remote.fingerprints };
      this.#dtls = this.#environment.dtls.createSession(options, now);
      if (this.#state.type === "new") this.#setState({ type: "connecting" });
    }
    return this.#dtls;
  }

  /** Lets ICE and DTLS say what they have to say. */
  #drain(now: Instant): void {
    const wasSelected = this.#path.isSelected;
    const reason = this.#path.drain(!this.isControlling);
    if (reason !== undefined) {
      this.close(reason);
      return;
    }
    if (!wasSelected && this.#path.isSelected) this.#handleSelected(now);
    this.#flushDtls();
    for (let event = this.#dtls?.pollEvent(); event !== undefined; event = this.#dtls?.pollEvent()) {
      switch (event.type) {
        case "connected": {
          const { crypto } = this.#environment;
          this.#receiver = new SrtpReceiver(crypto, event.profile, event.remoteKey);
          this.outlet.sender = new SrtpSender(crypto, event.profile, event.localKey);
          this.#handleReady(now);
          this.data.handleConnected(now);
          break;
        }
        case "data":
          this.data.handleRecord(event.data, now);
          break;
        case "closed":
          this.close(this.#state.type === "connected" ? "dtlsClosed" : "dtlsFailed");
          return;
      }
    }
  }

  /** There is a way to the peer: for the first time, or again. */
  #handleSelected(now: Instant): void {
    if (this.#remote?.dtlsRole === "client") this.#startDtls(this.#remote, now);
    this.#handleReady(now);
  }

  #handleReady(now: Instant): void {
    if (!this.outlet.isReady || this.#state.type === "connected") return;
    this.#setState({ type: "connected" });
    this.#nextReport = after(now, REPORT_INTERVAL_MS / 4);
    for (const consumer of this.consumersBySsrc.values()) consumer.handleReady(now);
  }

  /** `isUrgent`: dropped last when the socket is full. Data is not: it is sent again. */
  #flushDtls(isUrgent = true): void {
    const dtls = this.#dtls;
    if (dtls === undefined) return;
    for (let data = dtls.pollDatagram(); data !== undefined; data = dtls.pollDatagram()) {
      this.#path.send(data, isUrgent);
    }
  }

  #countFailure(cause: number): void {
    const { drops } = this.#environment;
    if (cause === UNPROTECT_FAILURE.authentication) drops.authentication++;
    else if (cause === UNPROTECT_FAILURE.replayed) drops.replayed++;
    else if (cause === UNPROTECT_FAILURE.tooManyStreams) drops.tooManyStreams++;
    else drops.malformedRtp++;
  }
}

function isDue(deadline: Instant | undefined, now: Instant): boolean {
  return deadline !== undefined && deadline <= now;
}
