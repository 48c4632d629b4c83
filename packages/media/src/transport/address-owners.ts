import type { Transport } from "./transport.js";
import type { AddressId } from "./transport-address.js";

/**
 * Whose datagrams come from which registered address.
 *
 * The first to claim an address has it until it lets go of it. A Transport that claims it meanwhile waits: a check proves who
 * sent it, not from where, so a participant could otherwise take another's address, and its media, with one forged source
 * (RFC 8445 §19.5). A client that really came back from the same address gets it when its former Transport ends.
 */
export class AddressOwners {
  /** By AddressId. */
  readonly #owners: (Transport | undefined)[] = [];
  readonly #isValidated: boolean[] = [];
  readonly #waiting = new Map<AddressId, Map<Transport, boolean>>();

  ownerOf(address: AddressId): Transport | undefined {
    return this.#owners[address];
  }

  /** The Transport that has the address and those that wait for it. */
  claimantsOf(address: AddressId): Transport[] {
    const owner = this.#owners[address];
    return [...(owner === undefined ? [] : [owner]), ...(this.#waiting.get(address)?.keys() ?? [])];
  }

  /** Whether more than STUN may be looked at. */
  isValidated(address: AddressId): boolean {
    return this.#isValidated[address] === true;
  }

  /** `isValidated`: the Transport's ICE has validated the address. False when it is another's. */
  claim(address: AddressId, transport: Transport, isValidated: boolean): boolean {
    // Addresses of another kind begin far behind the first ones; an array with holes would be slow for all of them.
    for (let next = this.#owners.length; next <= address; next++) {
      this.#owners.push(undefined);
      this.#isValidated.push(false);
    }
    const owner = this.#owners[address];
    if (owner !== undefined && owner !== transport) {
      const waiting = this.#waiting.get(address) ?? new Map<Transport, boolean>();
      this.#waiting.set(address, waiting.set(transport, isValidated));
      return false;
    }
    this.#owners[address] = transport;
    this.#isValidated[address] = isValidated;
    return true;
  }

  /** The Transport lets go of the address; whoever has waited longest gets it. */
  release(address: AddressId, transport: Transport): void {
    const waiting = this.#waiting.get(address);
    waiting?.delete(transport);
    if (this.#owners[address] === transport) {
      const [heir] = waiting ?? [];
      this.#owners[address] = heir?.[0];
      this.#isValidated[address] = heir?.[1] ?? false;
      if (heir !== undefined) waiting?.delete(heir[0]);
    }
    if (waiting?.size === 0) this.#waiting.delete(address);
  }
}
