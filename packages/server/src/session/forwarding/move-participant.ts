import { SluiceError } from "@sluice/protocol";
import { createRefreshToken } from "../../auth/refresh-token.js";
import type { ApiKeys } from "../../config/api-keys.js";
import type { Participant } from "../../room/participant.js";
import type { RoomSession } from "../room-session.js";

export interface ParticipantMove {
  readonly source: RoomSession;
  readonly participant: Participant;
  readonly destinationRoom: string;
  readonly keys: ApiKeys;
  readonly nowUnixSeconds: number;
}

/**
 * [RM98] Its client is told where it goes on and with what token, then that it is here no longer: it joins there as it would any room.
 *
 * Rejects with SluiceError `failedPrecondition` for who is away and cannot be told, `invalidArgument` for who is only forwarded
 * here, `resourceExhausted` when its token would be too long.
 */
export async function moveParticipant(move: ParticipantMove): Promise<void> {
  const { source, participant, destinationRoom, keys, nowUnixSeconds } = move;
  const { participantId, claims } = participant;
  if (participant.isForwarded) throw new SluiceError("invalidArgument", "a forwarded participant is moved where it comes from");
  checkPresent(move);
  const token = await createRefreshToken({ keys, claims, participant, room: destinationRoom, nowUnixSeconds });
  if (token === undefined) throw new SluiceError("resourceExhausted", "the participant's token for the other room is too long");
  checkPresent(move);
  source.command((room) => {
    room.announce([participantId], { method: "moved", params: { room: destinationRoom, token } });
    room.leave(participantId, "moved");
  });
}

function checkPresent({ source, participant }: ParticipantMove): void {
  if (source.room.presenceOf(participant.participantId)?.type === "connected") return;
  throw new SluiceError("failedPrecondition", "the participant is not connected: it cannot be told where to go");
}
