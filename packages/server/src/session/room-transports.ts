import type { MediaTransport } from "./media-transport.js";
import { ParticipantMedia } from "./participant-media.js";
import type { SentConsumer } from "./sent-consumer.js";

/** A Transport with whose it is. */
export interface OwnedTransport {
  readonly participant: ParticipantMedia;
  readonly transport: MediaTransport;
}

/** Who is in a room as far as media goes, and which Transports at the worker are whose. */
export class RoomTransports {
  readonly #participants = new Map<string, ParticipantMedia>();
  readonly #byId = new Map<string, OwnedTransport>();

  get participants(): ReadonlyMap<string, ParticipantMedia> {
    return this.#participants;
  }

  /** A new one when it was not known yet. */
  participant(participantId: string): ParticipantMedia {
    let participant = this.#participants.get(participantId);
    if (participant === undefined) {
      participant = new ParticipantMedia(participantId);
      this.#participants.set(participantId, participant);
    }
    return participant;
  }

  get(transportId: string): OwnedTransport | undefined {
    return this.#byId.get(transportId);
  }

  /** A Consumer's id is its Transport's and a number. */
  findConsumer(consumerId: string): { readonly participantId: string; readonly consumer: SentConsumer } | undefined {
    const owned = this.#byId.get(consumerId.slice(0, consumerId.lastIndexOf(":")));
    const consumer = owned?.transport.sentById.get(consumerId);
    if (owned === undefined || consumer === undefined) return undefined;
    return { participantId: owned.participant.participantId, consumer };
  }

  add(participant: ParticipantMedia, transport: MediaTransport): void {
    this.#byId.set(transport.transportId, { participant, transport });
  }

  remove({ transportId }: MediaTransport): void {
    this.#byId.delete(transportId);
  }

  /** Its Transports have been removed before. */
  removeParticipant(participantId: string): void {
    this.#participants.delete(participantId);
  }

  /** The worker is gone with all of them; who had them stays. */
  removeTransports(): void {
    this.#byId.clear();
  }

  clear(): void {
    this.#byId.clear();
    this.#participants.clear();
  }
}
