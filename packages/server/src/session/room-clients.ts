import type { LeaveReason, Notification } from "@sluice/protocol";
import type { ServerOffer } from "../signaling/negotiation/offering-negotiation.js";
import { CLOSE_CODE_BY_REASON, type Client } from "./client.js";

/** The signaling connections of a room's participants; who is away has none. */
export class RoomClients {
  /** By participant id. */
  readonly #clients = new Map<string, Client>();
  readonly #offers: { readonly participantId: string; readonly offer: ServerOffer }[] = [];

  get(participantId: string): Client | undefined {
    return this.#clients.get(participantId);
  }

  set(participantId: string, client: Client): void {
    this.#clients.set(participantId, client);
  }

  remove(participantId: string): void {
    this.#clients.delete(participantId);
  }

  notify(participantIds: readonly string[], notification: Notification): void {
    for (const participantId of participantIds) this.#clients.get(participantId)?.notify(notification);
  }

  /** It leaves with {@link sendOffers}, so that a participant is announced before its tracks are offered. */
  addOffer(participantId: string, offer: ServerOffer): void {
    this.#offers.push({ participantId, offer });
  }

  /** Everything has been announced by now. */
  sendOffers(): void {
    for (const { participantId, offer } of this.#offers.splice(0)) this.#clients.get(participantId)?.sendOffer?.(offer);
  }

  /** The participant is no longer in the room: unless it said so itself, it learns why. */
  dismiss(participantId: string, reason: LeaveReason): void {
    const client = this.#clients.get(participantId);
    this.#clients.delete(participantId);
    if (client === undefined || reason === "clientLeft") return;
    client.notify({ method: "roomClosed", params: { reason } });
    client.close(CLOSE_CODE_BY_REASON[reason], reason);
  }
}
