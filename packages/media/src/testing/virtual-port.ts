import type { PacketMemory } from "../bytes/packet-memory.js";
import { createPacketMemory, SCRATCH_BYTES, SLOT_BYTES } from "../bytes/packet-memory.js";
import { PacketPool } from "../bytes/packet-pool.js";
import type { Instant } from "../time/instant.js";
import type { Egress } from "../transport/egress.js";
import type { Ingress } from "../transport/ingress.js";
import { type AddressId, isSameAddress, type TransportAddress, UNKNOWN_ADDRESS } from "../transport/transport-address.js";

const EGRESS_BYTES = 2048;

export interface VirtualDatagram {
  readonly from: TransportAddress;
  readonly to: TransportAddress;
  readonly data: Uint8Array;
}

/**
 * The in-memory twin of a UDP socket: an Egress whose datagrams are collected instead of sent, and a way to hand datagrams to
 * an Ingress. Has a packet memory of its own, like a process.
 */
export class VirtualPort implements Egress {
  #address: TransportAddress;
  readonly memory: PacketMemory;
  readonly pool: PacketPool;
  readonly #addresses: (TransportAddress | undefined)[] = [];
  /** Registrations by AddressId: an address is forgotten after as many releases. */
  readonly #references: number[] = [];
  readonly #outbox: VirtualDatagram[] = [];

  constructor(address: TransportAddress, slots: number) {
    const poolStart = SCRATCH_BYTES + EGRESS_BYTES;
    this.#address = address;
    this.memory = createPacketMemory(poolStart + slots * SLOT_BYTES);
    this.pool = new PacketPool(poolStart, poolStart + slots * SLOT_BYTES);
  }

  get address(): TransportAddress {
    return this.#address;
  }

  /** The host is in another network from now on; what others send to its former address is lost. */
  move(address: TransportAddress): void {
    this.#address = address;
  }

  reserve(): number {
    return SCRATCH_BYTES;
  }

  commit(address: AddressId, sizeBytes: number): void {
    const to = this.#addresses[address];
    if (to === undefined) throw new Error(`commit to the unregistered address ${address}`);
    this.#outbox.push({ from: this.address, to, data: this.memory.bytes.slice(SCRATCH_BYTES, SCRATCH_BYTES + sizeBytes) });
  }

  register(address: TransportAddress): AddressId {
    const known = this.#find(address);
    if (known !== UNKNOWN_ADDRESS) {
      this.#references[known] = (this.#references[known] ?? 0) + 1;
      return known;
    }
    const free = this.#addresses.indexOf(undefined);
    const id = free === -1 ? this.#addresses.length : free;
    this.#addresses[id] = address;
    this.#references[id] = 1;
    return id;
  }

  release(address: AddressId): void {
    const references = this.#references[address] ?? 0;
    if (references === 0) throw new Error(`address ${address} was released twice or never registered`);
    this.#references[address] = references - 1;
    if (references === 1) this.#addresses[address] = undefined;
  }

  /** One datagram arrives: a batch of its own. False when no slot was free. */
  deliver(datagram: VirtualDatagram, ingress: Ingress, now: Instant): boolean {
    return this.deliverBatch([datagram], ingress, now);
  }

  /** These arrive together. False when there were not slots enough for all. */
  deliverBatch(datagrams: readonly VirtualDatagram[], ingress: Ingress, now: Instant): boolean {
    const unkept: number[] = [];
    for (const { data, from } of datagrams) {
      const slot = this.pool.take();
      if (slot === -1) break;
      this.memory.bytes.set(data.subarray(0, SLOT_BYTES), slot);
      const id = this.#find(from);
      let isKept = false;
      if (id === UNKNOWN_ADDRESS) ingress.handleUnknownDatagram(slot, data.length, from, now);
      else isKept = ingress.handleDatagram(slot, data.length, id, now, 0);
      unkept.push(isKept ? -1 : slot);
    }
    ingress.handleBatchEnd(now);
    for (const slot of unkept) if (slot !== -1) this.pool.release(slot);
    return unkept.length === datagrams.length;
  }

  pollTransmit(): VirtualDatagram | undefined {
    return this.#outbox.shift();
  }

  #find(address: TransportAddress): AddressId {
    return this.#addresses.findIndex((known) => known !== undefined && isSameAddress(known, address));
  }
}
