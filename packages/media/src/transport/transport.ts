import type { PacketMemory } from "../bytes/packet-memory.js";
import { MAX_RTP_BYTES } from "../bytes/packet-memory.js";
import type { CryptoPort } from "../crypto/crypto-port.js";
import type { DtlsPort, DtlsSession } from "../dtls/dtls-port.js";
import type { IceAgent, IceEvent } from "../ice/ice-agent.js";
import type { Consumer } from "../router/consumer.js";
import type { MediaPacket } from "../router/media-packet.js";
import type { Producer } from "../router/producer.js";
import type { Router } from "../router/router.js";
import { RtpOutlet } from "../router/rtp-outlet.js";
import { SenderClock } from "../router/sender-clock.js";
import { TokenBucket } from "../router/token-bucket.js";
import { parseRtcp, serializeRtcp } from "../rtcp/rtcp-compound.js";
import type { KnownRtcpPacket } from "../rtcp/rtcp-packet.js";
import { parseRtpHeader, trimRtpPadding } from "../rtp/rtp-header.js";
import { SrtpReceiver, UNPROTECT_FAILURE } from "../srtp/srtp-receiver.js";
import { KEY_EXHAUSTED, SrtpSender } from "../srtp/srtp-sender.js";
import { after, earliest, type Instant } from "../time/instant.js";
import type { NtpTime } from "../time/ntp-time.js";
import type { DropCounters } from "./drop-counters.js";
import type { Egress } from "./egress.js";
import { dispatchFeedback } from "./feedback.js";
import type { MediaEvent, RemoteTransportParameters, TransportCloseReason, TransportState } from "./parameters.js";
import { buildReports, REPORT_INTERVAL_MS } from "./reports.js";
import { RtpReception } from "./rtp-reception.js";
import { type AddressId, type TransportAddress, UNKNOWN_ADDRESS } from "./transport-address.js";

/** Remote addresses one Transport may have registered at a time: 8 validated ones, and a client's candidates while it checks. */
const MAX_ADDRESSES = 40;

/**
 * Media packets a second from one peer, and how many at once: ten times a 20 Mbit/s screen with its audio. Beyond it one
 * publisher would use up the worker that other rooms share.
 */
const MAX_MEDIA_PACKETS = { perSecond: 20_000, burst: 4000 } as const;

/** The same for RTCP, DTLS and STUN, which cost more each: feedback on a hundred streams needs a few hundred. */
const MAX_CONTROL_DATAGRAMS = { perSecond: 1000, burst: 500 } as const;

/** What a Transport needs of the world; the same for all Transports of a process. */
export interface TransportEnvironment {
  readonly memory: PacketMemory;
  readonly egress: Egress;
  readonly crypto: CryptoPort;
  readonly dtls: DtlsPort;
  readonly drops: DropCounters;
  ntp(now: Instant): NtpTime;
  /** The Transport claims the datagrams from this address; `isValidated`: more than STUN may be looked at. */
  bindAddress(address: AddressId, transport: Transport, isValidated: boolean): void;
  /** Undoes that. */
  unbindAddress(address: AddressId, transport: Transport): void;
  emit(event: MediaEvent): void;
}

interface RegisteredAddress {
  readonly id: AddressId;
  readonly address: TransportAddress;
}

/**
 * One peer's ICE, DTLS and SRTP: where its datagrams become plain packets and where plain packets become its datagrams.
 *
 * Does no I/O and reads no clock. RTP and RTCP are looked at only when the keys are there, and the keys are there only when the
 * peer's certificate matched its description.
 */
export class Transport {
  readonly id: string;
  readonly router: Router;
  readonly outlet: RtpOutlet;
  readonly reception: RtpReception;
  /** The peer's wall clock, by its sender reports. */
  readonly clock = new SenderClock();
  readonly consumersBySsrc = new Map<number, Consumer>();
  /** SSRCs that have been sent from here, ever: an SRTP index must not be used twice under one key. */
  readonly usedSsrcs = new Set<number>();
  readonly #environment: TransportEnvironment;
  readonly #ice: IceAgent;
  readonly #addresses = new Map<string, RegisteredAddress>();
  readonly #isControlling: boolean;
  readonly #mediaBudget = new TokenBucket(MAX_MEDIA_PACKETS.perSecond, MAX_MEDIA_PACKETS.burst);
  readonly #controlBudget = new TokenBucket(MAX_CONTROL_DATAGRAMS.perSecond, MAX_CONTROL_DATAGRAMS.burst);
  #remote: RemoteTransportParameters | undefined;
  #dtls: DtlsSession | undefined;
  #receiver: SrtpReceiver | undefined;
  #state: TransportState = { type: "new" };
  #nextReport: Instant | undefined;

  constructor(environment: TransportEnvironment, id: string, router: Router, ice: IceAgent, isControlling: boolean) {
    this.#environment = environment;
    this.id = id;
    this.router = router;
    this.#ice = ice;
    this.#isControlling = isControlling;
    this.outlet = new RtpOutlet(environment.memory, environment.egress);
    this.reception = new RtpReception(environment.memory, (ssrc) => this.#receiver?.forget(ssrc >>> 0));
  }

  get state(): TransportState {
    return this.#state;
  }

  /** The peer's description has arrived. Calling it again updates the ICE side; the certificate cannot change. */
  connect(remote: RemoteTransportParameters, now: Instant): void {
    if (this.#state.type === "closed") return;
    this.#remote ??= remote;
    this.#ice.setRemote(remote.ice, remote.candidates, now);
    this.#drain(now);
  }

  handleStun(message: Uint8Array, source: TransportAddress, now: Instant): void {
    if (this.#state.type === "closed" || !this.#admit(this.#controlBudget, now)) return;
    this.#ice.handleStun(message, source, now);
    this.#drain(now);
  }

  /** A DTLS datagram from a validated address. */
  handleDtls(datagram: Uint8Array, now: Instant): void {
    if (this.#remote === undefined || this.#state.type === "closed") {
      this.#environment.drops.tooEarly++;
      return;
    }
    if (!this.#admit(this.#controlBudget, now)) return;
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
    if (!this.#admit(this.#mediaBudget, now)) return false;
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
    if (outcome === 1) {
      this.router.markPending(this.reception.lastProducer as Producer);
      return true;
    }
    if (outcome === 0) {
      drops.unwantedRtp++;
    } else {
      drops.unknownSsrc++;
      this.reception.handleStray(header.ssrc);
    }
    return false;
  }

  /** An SRTCP packet from a validated address. */
  handleRtcp(offset: number, sizeBytes: number, now: Instant): void {
    const { memory, drops } = this.#environment;
    if (this.#receiver === undefined) {
      drops.tooEarly++;
      return;
    }
    if (!this.#admit(this.#controlBudget, now)) return;
    const plainBytes = this.#receiver.unprotectRtcp(offset, sizeBytes);
    if (plainBytes < 0) {
      this.#countFailure(plainBytes);
      return;
    }
    this.reception.handleStray(memory.view.getUint32(offset + 4));
    const packets = parseRtcp(memory.bytes.subarray(offset, offset + plainBytes));
    if (packets === undefined) {
      drops.malformedRtcp++;
      return;
    }
    dispatchFeedback(this, packets, this.#environment.ntp(now), now);
  }

  handleTimeout(now: Instant): void {
    if (this.#state.type === "closed") return;
    if (isDue(this.#ice.pollTimeout(), now)) this.#ice.handleTimeout(now);
    if (isDue(this.#dtls?.pollTimeout(), now)) this.#dtls?.handleTimeout(now);
    this.#drain(now);
    if (isDue(this.#nextReport, now)) {
      this.#nextReport = after(now, REPORT_INTERVAL_MS);
      for (const compound of buildReports(this, this.#environment.ntp(now), now)) this.sendRtcp(compound);
    }
  }

  pollTimeout(): Instant | undefined {
    if (this.#state.type === "closed") return undefined;
    return earliest(this.#nextReport, earliest(this.#ice.pollTimeout(), this.#dtls?.pollTimeout()));
  }

  /** What a registered address of this Transport reads as. */
  addressOf(id: AddressId): TransportAddress | undefined {
    for (const registered of this.#addresses.values()) if (registered.id === id) return registered.address;
    return undefined;
  }

  /** Sends one compound packet; false when the Transport cannot send yet. */
  sendRtcp(packets: readonly KnownRtcpPacket[]): boolean {
    const { memory, egress } = this.#environment;
    const { sender, address } = this.outlet;
    if (sender === undefined || address === UNKNOWN_ADDRESS) return false;
    const data = serializeRtcp(packets);
    if (data.length + sender.rtcpOverheadBytes > MAX_RTP_BYTES) return false;
    const destination = egress.reserve(MAX_RTP_BYTES);
    memory.bytes.set(data, destination);
    const sizeBytes = sender.protectRtcp(destination, data.length);
    if (sizeBytes === KEY_EXHAUSTED) return false;
    egress.commit(address, sizeBytes, true);
    return true;
  }

  close(reason: TransportCloseReason = "closed"): void {
    if (this.#state.type === "closed") return;
    this.#dtls?.close();
    this.#flushDtls();
    this.#dtls = undefined;
    this.#receiver?.close();
    this.#receiver = undefined;
    this.outlet.sender?.close();
    this.outlet.sender = undefined;
    this.outlet.address = UNKNOWN_ADDRESS;
    for (const { id } of this.#addresses.values()) this.#release(id);
    this.#addresses.clear();
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
    for (let event = this.#ice.pollEvent(); event !== undefined; event = this.#ice.pollEvent()) {
      this.#handleIceEvent(event, now);
      if (this.#state.type === "closed") return;
    }
    for (let transmit = this.#ice.pollTransmit(); transmit !== undefined; transmit = this.#ice.pollTransmit()) {
      this.#sendStun(transmit.data, transmit.destination);
    }
    this.#flushDtls();
    for (let event = this.#dtls?.pollEvent(); event !== undefined; event = this.#dtls?.pollEvent()) {
      switch (event.type) {
        case "connected": {
          const { crypto } = this.#environment;
          this.#receiver = new SrtpReceiver(crypto, event.profile, event.remoteKey);
          this.outlet.sender = new SrtpSender(crypto, event.profile, event.localKey);
          this.#handleReady(now);
          break;
        }
        case "data":
          break;
        case "closed":
          this.close(this.#state.type === "connected" ? "dtlsClosed" : "dtlsFailed");
          return;
      }
    }
  }

  #handleIceEvent(event: IceEvent, now: Instant): void {
    switch (event.type) {
      case "validated": {
        const address = this.#register(event.address);
        if (address === UNKNOWN_ADDRESS) this.#environment.drops.addressTableFull++;
        else this.#environment.bindAddress(address, this, true);
        break;
      }
      case "selected": {
        const address = this.#addresses.get(keyOf(event.address));
        if (address === undefined) return;
        const isFirst = this.outlet.address === UNKNOWN_ADDRESS;
        this.outlet.address = address.id;
        if (isFirst && this.#remote?.dtlsRole === "client") this.#startDtls(this.#remote, now);
        if (isFirst) this.#handleReady(now);
        break;
      }
      case "forgotten": {
        const key = keyOf(event.address);
        const address = this.#addresses.get(key);
        if (address === undefined || address.id === this.outlet.address) return;
        this.#addresses.delete(key);
        this.#release(address.id);
        break;
      }
      case "failed":
        this.close(event.reason);
        break;
    }
  }

  #handleReady(now: Instant): void {
    if (!this.outlet.isReady || this.#state.type === "connected") return;
    this.#setState({ type: "connected" });
    this.#nextReport = after(now, REPORT_INTERVAL_MS / 4);
    for (const consumer of this.consumersBySsrc.values()) consumer.handleReady(now);
  }

  #register(address: TransportAddress): AddressId {
    const key = keyOf(address);
    const known = this.#addresses.get(key);
    if (known !== undefined) return known.id;
    if (this.#addresses.size >= MAX_ADDRESSES) return UNKNOWN_ADDRESS;
    const id = this.#environment.egress.register(address);
    if (id !== UNKNOWN_ADDRESS) this.#addresses.set(key, { id, address });
    return id;
  }

  #release(address: AddressId): void {
    this.#environment.unbindAddress(address, this);
    this.#environment.egress.release(address);
  }

  #sendStun(data: Uint8Array, destination: TransportAddress): void {
    const key = keyOf(destination);
    const isKnown = this.#addresses.has(key);
    const address = this.#register(destination);
    if (address === UNKNOWN_ADDRESS) {
      this.#environment.drops.addressTableFull++;
      return;
    }
    // Answers to a client's checks must find their way back to it; an answer to a stranger leaves no trace.
    if (!isKnown && this.#isControlling) this.#environment.bindAddress(address, this, false);
    this.#sendPlain(data, address);
    if (!isKnown && !this.#isControlling) {
      this.#addresses.delete(key);
      this.#environment.egress.release(address);
    }
  }

  #flushDtls(): void {
    const dtls = this.#dtls;
    if (dtls === undefined) return;
    for (let data = dtls.pollDatagram(); data !== undefined; data = dtls.pollDatagram()) {
      if (this.outlet.address !== UNKNOWN_ADDRESS) this.#sendPlain(data, this.outlet.address);
    }
  }

  #sendPlain(data: Uint8Array, address: AddressId): void {
    const { egress, memory } = this.#environment;
    if (data.length > MAX_RTP_BYTES) return;
    memory.bytes.set(data, egress.reserve(MAX_RTP_BYTES));
    egress.commit(address, data.length, true);
  }

  #admit(budget: TokenBucket, now: Instant): boolean {
    const isAdmitted = budget.take(1, now);
    if (!isAdmitted) this.#environment.drops.overRate++;
    return isAdmitted;
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

function keyOf(address: TransportAddress): string {
  return `${address.ip} ${address.port}`;
}
