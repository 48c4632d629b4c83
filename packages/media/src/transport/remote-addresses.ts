import type { Egress } from "./egress.js";
import { type AddressId, type TransportAddress, UNKNOWN_ADDRESS } from "./transport-address.js";

/** Remote addresses one Transport may have registered at a time: 8 validated ones, and a client's candidates while it checks. */
const MAX_ADDRESSES = 40;

interface RegisteredAddress {
  readonly id: AddressId;
  readonly address: TransportAddress;
}

/** The remote addresses that one Transport has registered with the I/O layer, each once. */
export class RemoteAddresses {
  readonly #egress: Egress;
  readonly #addresses = new Map<string, RegisteredAddress>();

  constructor(egress: Egress) {
    this.#egress = egress;
  }

  get ids(): readonly AddressId[] {
    return [...this.#addresses.values()].map(({ id }) => id);
  }

  /** Its id; {@link UNKNOWN_ADDRESS} when it is not registered. */
  idOf(address: TransportAddress): AddressId {
    return this.#addresses.get(keyOf(address))?.id ?? UNKNOWN_ADDRESS;
  }

  addressOf(id: AddressId): TransportAddress | undefined {
    for (const registered of this.#addresses.values()) if (registered.id === id) return registered.address;
    return undefined;
  }

  /** Its id, new or known; {@link UNKNOWN_ADDRESS} when there are too many here or in the I/O layer. */
  register(address: TransportAddress): AddressId {
    const known = this.idOf(address);
    if (known !== UNKNOWN_ADDRESS || this.#addresses.size >= MAX_ADDRESSES) return known;
    const id = this.#egress.register(address);
    if (id !== UNKNOWN_ADDRESS) this.#addresses.set(keyOf(address), { id, address });
    return id;
  }

  release(address: TransportAddress): void {
    const id = this.idOf(address);
    if (id === UNKNOWN_ADDRESS) return;
    this.#addresses.delete(keyOf(address));
    this.#egress.release(id);
  }

  releaseAll(): void {
    for (const { id } of this.#addresses.values()) this.#egress.release(id);
    this.#addresses.clear();
  }
}

function keyOf(address: TransportAddress): string {
  const { ip, port, protocol = "udp" } = address;
  return `${ip} ${port} ${protocol}`;
}
