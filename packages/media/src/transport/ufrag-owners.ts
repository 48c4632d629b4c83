import { readStunUsername } from "../stun/stun-username.js";
import type { Transport } from "./transport.js";

/** Whose check a STUN message claims to be: by our ufrag in its USERNAME, of which a Transport has two during an ICE restart. */
export class UfragOwners {
  readonly #owners = new Map<string, Transport>();

  /** Undefined for a message that names nobody. */
  ownerOf(message: Uint8Array): Transport | undefined {
    const ufrag = readStunUsername(message);
    return ufrag === undefined ? undefined : this.#owners.get(ufrag);
  }

  /** All that the Transport goes by at the moment. */
  claim(transport: Transport): void {
    for (const ufrag of transport.localUfrags) this.#owners.set(ufrag, transport);
  }

  release(ufrag: string, transport: Transport): void {
    if (this.#owners.get(ufrag) === transport) this.#owners.delete(ufrag);
  }

  releaseAll(transport: Transport): void {
    for (const ufrag of transport.localUfrags) this.release(ufrag, transport);
  }
}
