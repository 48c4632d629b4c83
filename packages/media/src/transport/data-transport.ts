import type { CryptoPort } from "../crypto/crypto-port.js";
import { type DataChannelEvent, DataChannels } from "../sctp/channels/data-channels.js";
import { SctpAssociation } from "../sctp/sctp-association.js";
import { LOCAL_SCTP_PORT } from "../sctp/sctp-limits.js";
import { after, earliest, type Instant, instant } from "../time/instant.js";
import type { DataCredit } from "./data-credit.js";
import { DataPace, type DataRates } from "./data-pace.js";
import type { DropCounters } from "./drop-counters.js";
import type { DataChannelParameters, MediaEvent, RemoteTransportParameters } from "./parameters.js";

/**
 * SCTP packets that leave at once, about 72 KiB; more wait for the next answer or the next tick. A window that has grown to a megabyte would
 * otherwise push the media of a batch out of the send queue.
 */
const MAX_PACKETS_AT_ONCE = 64;

/**
 * Bytes of reliable messages that wait for one peer; beyond, they are dropped. A second of the most that one sender may send: in less, a
 * path that stood idle has not grown to its rate. Messages for many peers are held once for all.
 */
const SEND_BUFFER_BYTES = 4 * 1_048_576;

/** Between two reports of dropped messages, ms. */
const DROP_REPORT_INTERVAL_MS = 1000;

export interface DataTransportEnvironment {
  readonly crypto: CryptoPort;
  readonly drops: DropCounters;
  readonly dataCredit: DataCredit;
  /** Of each peer; undefined: without limit. */
  readonly dataRates: DataRates | undefined;
  emit(event: MediaEvent): void;
}

interface OpenAssociation {
  readonly association: SctpAssociation;
  readonly channels: DataChannels;
}

/**
 * The data channels of one Transport: SCTP in the records of its DTLS session (RFC 8261), channels by label.
 *
 * There may be several channels of one label, for both sides may open one: to the owner they are one, that is there while any of them is.
 */
export class DataTransport {
  readonly #environment: DataTransportEnvironment;
  readonly #transportId: string;
  /** Sends one DTLS record. */
  readonly #send: (record: Uint8Array) => void;
  readonly #labels = new Map<number, string>();
  #open: OpenAssociation | undefined;
  #isConnected = false;
  #maxMessageBytes = 0;
  /** Channels of these labels have been announced. */
  readonly #announced = new Set<string>();
  /** Packets were left over then. */
  #heldBackAt: Instant | undefined;
  readonly #pace: DataPace | undefined;
  /** Messages may have been left over until then. */
  #pacedUntil: Instant | undefined;
  /** Since the last report. */
  #dropped = 0;
  #nextDropReport: Instant | undefined;

  constructor(environment: DataTransportEnvironment, transportId: string, send: (record: Uint8Array) => void) {
    this.#environment = environment;
    this.#transportId = transportId;
    this.#send = send;
    this.#pace = environment.dataRates && new DataPace(environment.dataRates);
  }

  /** The peer's description, each time it comes: an application section may be new in it. */
  setRemote(remote: RemoteTransportParameters, now: Instant): void {
    if (remote.sctp === undefined) return;
    this.#maxMessageBytes = remote.sctp.maxMessageBytes || Number.POSITIVE_INFINITY;
    // One that has failed may be tried anew.
    if (this.#open !== undefined && this.#open.association.state !== "closed") return;
    const association = new SctpAssociation({
      crypto: this.#environment.crypto,
      localPort: LOCAL_SCTP_PORT,
      remotePort: remote.sctp.port,
      counters: this.#environment.drops.sctp,
      constants: { sendBufferBytes: SEND_BUFFER_BYTES },
    });
    this.#open = { association, channels: new DataChannels(association, remote.dtlsRole) };
    if (this.#isConnected) association.connect(now);
    this.#drain(now);
  }

  /** DTLS is up. */
  handleConnected(now: Instant): void {
    this.#isConnected = true;
    this.#open?.association.connect(now);
    this.#drain(now);
  }

  /** One record of application data. */
  handleRecord(record: Uint8Array, now: Instant): void {
    if (this.#open === undefined) {
      this.#environment.drops.tooEarly++;
      return;
    }
    this.#open.association.handlePacket(record, now);
    this.#drain(now);
  }

  /**
   * False: no application section has been agreed, or there are too many channels. One of this label that is there is as good as a new one.
   *
   * @throws RangeError for a label that is too long
   */
  openChannel(parameters: DataChannelParameters, now: Instant): boolean {
    if (this.#channelOf(parameters.label) !== undefined) return true;
    const channelId = this.#open?.channels.open(parameters, now);
    if (channelId === undefined) return false;
    this.#labels.set(channelId, parameters.label);
    this.#drain(now);
    return true;
  }

  /** Sends one message, or counts why not. `payload` must not change any more. */
  send(label: string, isBinary: boolean, payload: Uint8Array, now: Instant): void {
    const { drops } = this.#environment;
    const channelId = this.#channelOf(label);
    if (channelId === undefined) drops.dataNoChannel++;
    else if (payload.length > this.#maxMessageBytes || this.#open?.channels.send(channelId, payload, isBinary, now) !== true) {
      drops.dataBufferFull++;
      this.#reportDrop(now);
    }
    this.#drain(now);
  }

  pollTimeout(): Instant | undefined {
    if (this.#heldBackAt !== undefined) return this.#heldBackAt;
    return this.#isConnected ? earliest(this.#open?.association.pollTimeout(), this.#pacedUntil) : undefined;
  }

  handleTimeout(now: Instant): void {
    if (this.#open === undefined || !this.#isConnected) return;
    const deadline = this.#open.association.pollTimeout();
    if (deadline !== undefined && deadline <= now) this.#open.association.handleTimeout(now);
    this.#drain(now);
  }

  /** The peer is told, if it can be. */
  close(): void {
    this.#open?.association.abort();
    // Nothing that is left to do depends on the time.
    this.#drain(instant(0));
    this.#open = undefined;
  }

  #drain(now: Instant): void {
    if (this.#open === undefined) return;
    const { association, channels } = this.#open;
    this.#pacedUntil = undefined;
    while (!this.#environment.dataCredit.isSpent) {
      this.#pacedUntil = this.#pace?.nextAt(now);
      if (this.#pacedUntil !== undefined) break;
      const event = channels.pollEvent(now);
      if (event === undefined) break;
      this.#handleEvent(event, now);
    }
    this.#heldBackAt = undefined;
    if (!this.#isConnected) return;
    for (let count = 0; count < MAX_PACKETS_AT_ONCE; count++) {
      const packet = association.pollPacket(now);
      if (packet === undefined) return;
      this.#send(packet);
    }
    this.#heldBackAt = now;
  }

  #handleEvent(event: DataChannelEvent, now: Instant): void {
    switch (event.type) {
      case "connected":
      case "failed":
        break;
      case "opened": {
        const { label, isOrdered, maxRetransmits, maxPacketLifeTimeMs } = event.parameters;
        this.#labels.set(event.channelId, label);
        if (this.#announced.has(label)) break;
        this.#announced.add(label);
        this.#environment.emit({
          type: "dataChannelOpened",
          transportId: this.#transportId,
          label,
          isOrdered,
          ...(maxRetransmits === undefined ? {} : { maxRetransmits }),
          ...(maxPacketLifeTimeMs === undefined ? {} : { maxPacketLifeTimeMs }),
        });
        break;
      }
      case "message": {
        const { channelId, isBinary, payload } = event;
        const label = this.#labels.get(channelId);
        if (label === undefined) break;
        this.#environment.dataCredit.spend(payload.length);
        this.#pace?.handleMessage(payload.length, now);
        this.#environment.emit({ type: "dataMessage", transportId: this.#transportId, label, isBinary, payload });
        break;
      }
      case "closed": {
        const label = this.#labels.get(event.channelId);
        this.#labels.delete(event.channelId);
        if (label === undefined || [...this.#labels.values()].includes(label) || !this.#announced.delete(label)) break;
        this.#environment.emit({ type: "dataChannelClosed", transportId: this.#transportId, label });
        break;
      }
    }
  }

  /** The first at once, the others together with a later one. */
  #reportDrop(now: Instant): void {
    this.#dropped++;
    if (this.#nextDropReport !== undefined && now < this.#nextDropReport) return;
    this.#environment.emit({ type: "dataDropped", transportId: this.#transportId, messages: this.#dropped });
    this.#dropped = 0;
    this.#nextDropReport = after(now, DROP_REPORT_INTERVAL_MS);
  }

  /** The oldest channel of this label that takes messages. */
  #channelOf(label: string): number | undefined {
    for (const [channelId, known] of this.#labels) {
      if (known === label && this.#open?.channels.isUsable(channelId) === true) return channelId;
    }
    return undefined;
  }
}
