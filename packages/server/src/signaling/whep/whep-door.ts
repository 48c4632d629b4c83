import { MAX_IDENTITY_LENGTH, SluiceError, type TokenClaims } from "@sluice/protocol";
import { roomToJoin } from "../../room/permissions.js";
import type { RoomSession } from "../../session/room-session.js";
import type { BeginSession } from "../http-session/http-session.js";
import { HttpSessionDoor, type HttpSessionDoorOptions } from "../http-session/http-session-door.js";
import { readWhepOffer, type WhepSections } from "./whep-offer.js";

export const WHEP_PATH = "/whep/v1";

/** For players that only receive (draft-ietf-wish-whep). What they are sent is what is there when they come. */
export function createWhepDoor(options: HttpSessionDoorOptions): HttpSessionDoor {
  const { rooms } = options;
  const read = (sdp: string, claims: TokenClaims, query: URLSearchParams): BeginSession => {
    const sections = readWhepOffer(sdp);
    const session = rooms.find(roomToJoin(claims));
    const trackIds = session === undefined ? [] : chosenTracks(session, sections, claims, publisherOf(query));
    if (trackIds.length === 0) throw new SluiceError("failedPrecondition", "nothing is sent yet: try again in a while");
    return ({ session: joined, participantId }) => {
      joined.handleCall(participantId, { method: "subscribe", params: { trackIds } });
      if ([...joined.room.subscriptionsOf(participantId)].length === 0)
        throw new SluiceError("permissionDenied", "those who send do not let this identity receive");
      return [];
    };
  };
  return new HttpSessionDoor(options, { path: WHEP_PATH, door: "whep", read });
}

/** As many of each kind as there are sections for, in the order in which they were published. */
function chosenTracks(
  { room, media }: RoomSession,
  sections: WhepSections,
  claims: TokenClaims,
  publisher: string | undefined,
): string[] {
  const left = { ...sections };
  const chosen: string[] = [];
  for (const { identity, participantId } of room.participants) {
    if (identity === claims.sub || (publisher !== undefined && identity !== publisher)) continue;
    for (const { trackId, kind } of room.tracksOf(participantId)) {
      if (left[kind] === 0 || media.producers.get(trackId) === undefined) continue;
      left[kind] -= 1;
      chosen.push(trackId);
    }
  }
  return chosen;
}

/** The identity whose tracks are wanted; undefined: anybody's. */
function publisherOf(query: URLSearchParams): string | undefined {
  const identity = query.get("participant");
  if (identity === null) return undefined;
  if (identity === "" || identity.length > MAX_IDENTITY_LENGTH)
    throw new SluiceError("invalidArgument", `participant: an identity of 1 to ${MAX_IDENTITY_LENGTH} characters`);
  return identity;
}
