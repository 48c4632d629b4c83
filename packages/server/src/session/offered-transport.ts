import type { IceCredentials } from "@sluice/media";
import type { Room } from "../room/room.js";
import { plainMsid } from "../signaling/negotiation/negotiation.js";
import { OfferingNegotiation } from "../signaling/negotiation/offering-negotiation.js";
import type { ReadyWorker } from "../worker/worker-pool.js";
import type { Entropy } from "./entropy.js";
import type { MediaForm } from "./media-form.js";
import { emptyTransport, type MediaTransport } from "./media-transport.js";

/** One that we offer: what a client of two connections receives goes through it. */
export interface OfferedTransport extends MediaTransport {
  readonly type: "offered";
  readonly negotiation: OfferingNegotiation;
}

/** `openTransport` and the first offer are still to come. */
export function createOfferedTransport(
  { room, entropy }: { readonly room: Room; readonly entropy: Entropy },
  { fingerprint, candidates }: ReadyWorker,
  { msidOf = plainMsid }: MediaForm,
  nextOfferId: () => number,
): { readonly transport: OfferedTransport; readonly localIce: IceCredentials } {
  const localIce = entropy.iceCredentials();
  const transport = emptyTransport(room, entropy);
  const negotiation = new OfferingNegotiation({
    localIce,
    fingerprint,
    candidates,
    randomUint32: () => entropy.randomUint32(),
    iceLite: true,
    consumerIdPrefix: transport.transportId,
    msidOf,
    nextOfferId,
  });
  return { transport: { type: "offered", ...transport, negotiation }, localIce };
}
