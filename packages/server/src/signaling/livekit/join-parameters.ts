import type { Msid } from "@sluice/media";
import type { TokenClaims } from "@sluice/protocol";
import { streamOf } from "../../livekit/track-info.js";
import { roomToJoin } from "../../room/permissions.js";
import type { Room } from "../../room/room.js";
import type { JoinParameters } from "../../session/join-parameters.js";
import type { Rooms } from "../../session/rooms.js";
import type { ConnectRequest } from "./connect-request.js";

/** Clients before this protocol cannot receive several tracks in one stream. */
const SYNC_STREAMS_PROTOCOL = 10;

/** What a publisher may call a stream, and SDP may not: a msid is a token (RFC 8830 §2). */
const NO_TOKEN = /[^\w.+-]/g;

/** How a client of LiveKit's joins: it negotiates and speaks on its data channels in another form than ours. */
export function joinParameters(request: ConnectRequest, claims: TokenClaims, rooms: Rooms): JoinParameters {
  const { connections, autoSubscribe, mayPauseVideo, client, metadata, attributes } = request;
  const name = roomToJoin(claims);
  const canSync = client.protocol >= SYNC_STREAMS_PROTOCOL && !request.isFirefox;
  return {
    connections,
    autoSubscribe,
    mayPauseVideo,
    client,
    ...(metadata === undefined ? {} : { metadata }),
    ...(attributes === undefined ? {} : { attributes }),
    door: "livekit",
    dataFormat: "livekit",
    acceptsUnpublished: true,
    freesSections: true,
    msidOf: (track) => liveKitMsid(canSync ? rooms.find(name)?.room : undefined, track),
  };
}

/** The stream is named after the participant; what follows is the track, or the stream in which several are played in sync. */
function liveKitMsid(
  room: Room | undefined,
  { trackId, participantId }: { readonly trackId: string; readonly participantId: string },
): Msid {
  const track = room?.settings.syncStreams === true ? room.track(trackId) : undefined;
  const name = track === undefined ? trackId : streamOf(track).replaceAll(NO_TOKEN, "_");
  return { streamId: `${participantId}|${name}`, trackId };
}
