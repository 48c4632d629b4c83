import type { Instant } from "@sluice/media";
import { DataBudget, ROOM_DATA_RATES } from "./data-budget.js";
import type { OutgoingData } from "./outgoing-data.js";
import type { Participant } from "./participant.js";
import type { Roster } from "./roster.js";

/** Who gets a message, and how many a room hands out [RM53] [RM57]. Who may send at all is the room's to say. */
export class DataRules {
  readonly #budget = new DataBudget(ROOM_DATA_RATES);

  /**
   * Those of its receivers who are there, each once, never its sender. `sender` undefined: the server's API.
   * Throws SluiceError `resourceExhausted` for what is too much.
   */
  admit(sender: Participant | undefined, data: OutgoingData, roster: Roster, now: Instant): readonly string[] {
    const receivers = receiversOf(data, roster);
    if (sender !== undefined) receivers.delete(sender.participantId);
    sender?.dataBudget.check("this participant sends", now);
    this.#budget.check("this room hands out", now);
    sender?.dataBudget.charge(1, data.sizeBytes);
    this.#budget.charge(receivers.size, receivers.size * data.sizeBytes);
    return [...receivers];
  }
}

function receiversOf({ to, toIdentities }: OutgoingData, roster: Roster): Set<string> {
  if (to === undefined && toIdentities === undefined) return new Set(roster.ids());
  const receivers = new Set(to?.filter((participantId) => roster.get(participantId) !== undefined));
  for (const identity of toIdentities ?? []) {
    const participant = roster.withIdentity(identity);
    if (participant !== undefined) receivers.add(participant.participantId);
  }
  return receivers;
}
