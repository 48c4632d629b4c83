import type { TokenClaims } from "@sluice/protocol";
import type { BeginSession } from "../http-session/http-session.js";
import { HttpSessionDoor, type HttpSessionDoorOptions } from "../http-session/http-session-door.js";
import { readWhipOffer } from "./whip-offer.js";

export const WHIP_PATH = "/whip/v1";

/** For encoders, cameras and pages that only send (RFC 9725). */
export function createWhipDoor(options: HttpSessionDoorOptions): HttpSessionDoor {
  return new HttpSessionDoor(options, { path: WHIP_PATH, door: "whip", read: readPublisher });
}

function readPublisher(sdp: string, { name: ownName = "" }: TokenClaims): BeginSession {
  const tracks = readWhipOffer(sdp);
  return ({ session, participantId }) =>
    tracks.map(({ mid, kind, source, stream, layers }) => {
      const name = ownName === "" ? stream : ownName;
      const params = { cid: mid, kind, source, name, ...(layers === undefined ? {} : { layers }) };
      return { mid, trackId: session.publish(participantId, params, { stream }).trackId };
    });
}
