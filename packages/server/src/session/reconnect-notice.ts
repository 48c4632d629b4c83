import type { Notification } from "@sluice/protocol";
import type { Room } from "../room/room.js";
import type { Entropy } from "./entropy.js";
import type { ParticipantMedia } from "./participant-media.js";

/** A worker's participants come back spread over this time. */
const MAX_RECONNECT_DELAY_MS = 300;

export interface ReconnectOptions {
  readonly room: Room;
  readonly entropy: Entropy;
  readonly notify: (participantIds: readonly string[], notification: Notification) => void;
}

/** The participant's Transports are gone with their worker: it has to begin anew. */
export function tellReconnect({ room, entropy, notify }: ReconnectOptions, participant: ParticipantMedia): void {
  // Who is away cannot be told now, and will be when it resumes.
  const isAway = room.presenceOf(participant.participantId)?.type !== "connected";
  participant.lose(!isAway);
  if (isAway) return;
  const delayMs = entropy.randomUint32() % (MAX_RECONNECT_DELAY_MS + 1);
  notify([participant.participantId], { method: "reconnect", params: { reason: "workerDied", delayMs } });
}
