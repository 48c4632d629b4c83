import { MAX_RTP_BYTES, type PacketMemory } from "../bytes/packet-memory.js";
import { KEY_EXHAUSTED, type SrtpSender } from "../srtp/srtp-sender.js";
import type { Egress } from "../transport/egress.js";
import { type AddressId, UNKNOWN_ADDRESS } from "../transport/transport-address.js";
import type { PacketQueue, PacketReceiver } from "./packet-receiver.js";
import { TokenBucket } from "./token-bucket.js";

/**
 * Bytes a second that are sent again to one receiver, in bursts of a quarter second: 8 Mbit/s are the losses of 10 % of
 * 80 Mbit/s. A NACK flood cannot multiply traffic beyond it, however many Consumers it is about.
 */
export const MAX_RETRANSMIT_BYTES_PER_SECOND = 1_000_000;

/**
 * The sending end of a Transport as Consumers see it: where RTP is protected and leaves to one destination.
 *
 * During a batch the Consumers with something to send queue here, and {@link drain} lets them send one after the other, so
 * that everything for one destination is committed together and can leave as few GSO sends.
 */
export class RtpOutlet implements PacketQueue {
  readonly memory: PacketMemory;
  readonly retransmissionBudget = new TokenBucket(MAX_RETRANSMIT_BYTES_PER_SECOND, MAX_RETRANSMIT_BYTES_PER_SECOND / 4);
  readonly #egress: Egress;
  readonly #queue: PacketReceiver[] = [];
  #queued = 0;
  /** Set once DTLS has given the keys. */
  sender: SrtpSender | undefined;
  /** Set once ICE has selected an address. */
  address: AddressId = UNKNOWN_ADDRESS;
  packetsSent = 0;
  bytesSent = 0;

  constructor(memory: PacketMemory, egress: Egress) {
    this.memory = memory;
    this.#egress = egress;
  }

  get isReady(): boolean {
    return this.sender !== undefined && this.address !== UNKNOWN_ADDRESS;
  }

  /** True when it is the first of this batch. */
  enqueue(receiver: PacketReceiver): boolean {
    this.#queue[this.#queued++] = receiver;
    return this.#queued === 1;
  }

  /** Lets everybody in the queue send. */
  drain(): void {
    const count = this.#queued;
    this.#queued = 0;
    if (!this.isReady) return;
    for (let index = 0; index < count; index++) (this.#queue[index] as PacketReceiver).sendPending();
  }

  /**
   * Sends one RTP packet: the header of `headerBytes` at `header` is copied and its fields overwritten, the payload is
   * encrypted from where it lies.
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
  ): boolean {
    const sender = this.sender;
    if (sender === undefined || this.address === UNKNOWN_ADDRESS) return false;
    if (headerBytes + payloadBytes + sender.rtpOverheadBytes > MAX_RTP_BYTES) return false;
    const { view, bytes } = this.memory;
    const destination = this.#egress.reserve(MAX_RTP_BYTES);
    bytes[destination] = bytes[header] as number;
    bytes[destination + 1] = markerAndPayloadType;
    view.setUint16(destination + 2, extendedSequenceNumber & 0xffff);
    view.setInt32(destination + 4, timestamp | 0);
    view.setInt32(destination + 8, ssrc | 0);
    for (let at = 12; at < headerBytes; at += 4) view.setInt32(destination + at, view.getInt32(header + at));
    const sizeBytes = sender.protectRtp(destination, headerBytes, payload, payloadBytes, ssrc, extendedSequenceNumber);
    if (sizeBytes === KEY_EXHAUSTED) return false;
    this.#egress.commit(this.address, sizeBytes, isAudio);
    this.packetsSent++;
    this.bytesSent += sizeBytes;
    return true;
  }
}
