import type { PacketMemory } from "../bytes/packet-memory.js";
import { MAX_RTP_BYTES } from "../bytes/packet-memory.js";
import type { IceAgent, IceEvent } from "../ice/ice-agent.js";
import type { RtpOutlet } from "../router/rtp-outlet.js";
import type { Instant } from "../time/instant.js";
import type { DropCounters } from "./drop-counters.js";
import type { Egress } from "./egress.js";
import type { TransportCloseReason } from "./parameters.js";
import { RemoteAddresses } from "./remote-addresses.js";
import { type AddressId, type TransportAddress, UNKNOWN_ADDRESS } from "./transport-address.js";

export interface PeerPathOptions {
  readonly memory: PacketMemory;
  readonly egress: Egress;
  readonly drops: DropCounters;
  readonly ice: IceAgent;
  /** What sends to the selected address. */
  readonly outlet: RtpOutlet;
  /** See TransportEnvironment. */
  readonly bindAddress: (address: AddressId, isValidated: boolean) => void;
  readonly unbindAddress: (address: AddressId) => void;
  readonly unbindUfrag: (ufrag: string) => void;
}

/** Where one Transport's peer is: the addresses that ICE has validated, and the selected one, to which everything goes. */
export class PeerPath {
  readonly ice: IceAgent;
  readonly #options: PeerPathOptions;
  readonly #addresses: RemoteAddresses;

  constructor(options: PeerPathOptions) {
    this.ice = options.ice;
    this.#options = options;
    this.#addresses = new RemoteAddresses(options.egress);
  }

  get isSelected(): boolean {
    return this.#options.outlet.address !== UNKNOWN_ADDRESS;
  }

  /** What a registered address reads as. */
  addressOf(id: AddressId): TransportAddress | undefined {
    return this.#addresses.addressOf(id);
  }

  handleTimeout(now: Instant): void {
    const deadline = this.ice.pollTimeout();
    if (deadline !== undefined && deadline <= now) this.ice.handleTimeout(now);
  }

  /** The connection of a registered address has ended. */
  handleAddressClosed(id: AddressId): void {
    const address = this.addressOf(id);
    if (address !== undefined) this.ice.handleAddressClosed?.(address);
  }

  /** Lets ICE say what it has to say. Returns why the Transport has to end, if it has. `isAnswering`: a lite agent's answers go only back. */
  drain(isAnswering: boolean): TransportCloseReason | undefined {
    for (let event = this.ice.pollEvent(); event !== undefined; event = this.ice.pollEvent()) {
      if (event.type === "failed") return event.reason;
      this.#handleEvent(event);
    }
    for (let transmit = this.ice.pollTransmit(); transmit !== undefined; transmit = this.ice.pollTransmit()) {
      this.#sendStun(transmit.data, transmit.destination, isAnswering);
    }
    return undefined;
  }

  /** Sends to the selected address, if there is one. `isUrgent`: dropped last when the socket is full. */
  send(data: Uint8Array, isUrgent: boolean): void {
    if (this.isSelected) this.#send(data, this.#options.outlet.address, isUrgent);
  }

  close(): void {
    this.#options.outlet.address = UNKNOWN_ADDRESS;
    for (const id of this.#addresses.ids) this.#options.unbindAddress(id);
    this.#addresses.releaseAll();
  }

  #handleEvent(event: Exclude<IceEvent, { readonly type: "failed" }>): void {
    const { outlet, drops, bindAddress, unbindAddress, unbindUfrag } = this.#options;
    switch (event.type) {
      case "validated": {
        const address = this.#addresses.register(event.address);
        if (address === UNKNOWN_ADDRESS) drops.addressTableFull++;
        else bindAddress(address, true);
        break;
      }
      case "selected": {
        const address = this.#addresses.idOf(event.address);
        if (address !== UNKNOWN_ADDRESS) outlet.address = address;
        break;
      }
      case "unselected":
        outlet.address = UNKNOWN_ADDRESS;
        break;
      case "forgotten": {
        const address = this.#addresses.idOf(event.address);
        if (address === UNKNOWN_ADDRESS || address === outlet.address) return;
        unbindAddress(address);
        this.#addresses.release(event.address);
        break;
      }
      case "retired":
        unbindUfrag(event.ufrag);
        break;
    }
  }

  #sendStun(data: Uint8Array, destination: TransportAddress, isAnswering: boolean): void {
    const { bindAddress, drops } = this.#options;
    const isKnown = this.#addresses.idOf(destination) !== UNKNOWN_ADDRESS;
    const address = this.#addresses.register(destination);
    if (address === UNKNOWN_ADDRESS) {
      drops.addressTableFull++;
      return;
    }
    // Answers to a client's checks must find their way back to it; an answer to a stranger leaves no trace.
    if (!isKnown && !isAnswering) bindAddress(address, false);
    this.#send(data, address, true);
    if (!isKnown && isAnswering) this.#addresses.release(destination);
  }

  #send(data: Uint8Array, address: AddressId, isUrgent: boolean): void {
    const { egress, memory } = this.#options;
    if (data.length > MAX_RTP_BYTES) return;
    memory.bytes.set(data, egress.reserve(MAX_RTP_BYTES));
    egress.commit(address, data.length, isUrgent);
  }
}
