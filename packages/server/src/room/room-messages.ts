import type { Instant } from "@sluice/media";
import { type Params, type SignalType, SluiceError } from "@sluice/protocol";
import { DataRules } from "./data-rules.js";
import type { EffectQueue } from "./effect-queue.js";
import type { OutgoingData } from "./outgoing-data.js";
import type { Participant } from "./participant.js";
import { checkPublishData } from "./permissions.js";
import type { Roster } from "./roster.js";
import { signalNotification } from "./signal-notification.js";

/** What participants say to each other through a room. */
export class RoomMessages {
  readonly #roster: Roster;
  readonly #effects: EffectQueue;
  readonly #dataRules = new DataRules();

  constructor(roster: Roster, effects: EffectQueue) {
    this.#roster = roster;
    this.#effects = effects;
  }

  /** To the whole room or to one participant of it. Returns to how many it went. Throws `permissionDenied` or `notFound`. */
  signal(sender: Participant, { type, to, data }: Params<"signal">): number {
    checkPublishData(sender.permissions);
    const notification = signalNotification(sender.participantId, type, data);
    if (to === undefined) return this.#effects.tell(this.#roster.others(sender), notification);
    const receiver = this.#roster.get(to);
    if (receiver === undefined) throw new SluiceError("notFound", `no participant ${to} in this room`);
    return this.#effects.tell([receiver], notification);
  }

  /** A signal from anywhere on the node to everybody here but its sender. */
  deliverSignal(from: string, type: SignalType, data: string): number {
    const receivers = this.#roster.all().filter((participant) => participant.participantId !== from);
    return this.#effects.tell(receivers, signalNotification(from, type, data));
  }

  /** Participant ids of those who get this; `sender` undefined: the server's API. Throws `permissionDenied` or `resourceExhausted`. */
  admitData(sender: Participant | undefined, data: OutgoingData, now: Instant): readonly string[] {
    if (sender !== undefined) checkPublishData(sender.permissions);
    return this.#dataRules.admit(sender, data, this.#roster, now);
  }
}
