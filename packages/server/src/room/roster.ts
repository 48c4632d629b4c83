import { earliest, type Instant } from "@sluice/media";
import { SluiceError } from "@sluice/protocol";
import type { Participant } from "./participant.js";

/** Who is in a room, in the order they came: by id, and by identity, which is there once [RM4]. */
export class Roster {
  readonly #byId = new Map<string, Participant>();
  readonly #byIdentity = new Map<string, Participant>();
  #occupants = 0;

  get size(): number {
    return this.#byId.size;
  }

  /** How many keep the room and count in it [RM7]. */
  get occupants(): number {
    return this.#occupants;
  }

  add(participant: Participant): void {
    if (!participant.isDependent) this.#occupants += 1;
    this.#byId.set(participant.participantId, participant);
    this.#byIdentity.set(participant.identity, participant);
  }

  remove({ participantId, identity, isDependent }: Participant): void {
    if (this.#byId.delete(participantId) && !isDependent) this.#occupants -= 1;
    this.#byIdentity.delete(identity);
  }

  clear(): void {
    this.#occupants = 0;
    this.#byId.clear();
    this.#byIdentity.clear();
  }

  get(participantId: string): Participant | undefined {
    return this.#byId.get(participantId);
  }

  /** Throws SluiceError `failedPrecondition` for who is not in the room. */
  require(participantId: string): Participant {
    const participant = this.#byId.get(participantId);
    if (participant === undefined) throw new SluiceError("failedPrecondition", "not in a room: join first");
    return participant;
  }

  withIdentity(identity: string): Participant | undefined {
    return this.#byIdentity.get(identity);
  }

  ids(): string[] {
    return [...this.#byId.keys()];
  }

  all(): Participant[] {
    return [...this.#byId.values()];
  }

  others(participant: Participant): Participant[] {
    return this.all().filter((other) => other !== participant);
  }

  /** When the next of those who are away will have left; undefined: never. */
  nextDeparture(): Instant | undefined {
    let due: Instant | undefined;
    for (const { presence } of this.#byId.values()) {
      if (presence.type === "away") due = earliest(due, presence.deadline);
    }
    return due;
  }

  /** Those who have been away for too long at `now` [RM13]. */
  departed(now: Instant): Participant[] {
    return this.all().filter(({ presence }) => presence.type === "away" && presence.deadline <= now);
  }
}
