import {
  MuteRoomTrackRequest,
  MuteRoomTrackResponse,
  UpdateSubscriptionsRequest,
  UpdateSubscriptionsResponse,
} from "@livekit/protocol";
import { MAX_IDS_PER_REQUEST, SluiceError } from "@sluice/protocol";
import type { Config } from "../config/config.js";
import { trackInfo } from "../livekit/track-info.js";
import type { Rooms } from "../session/rooms.js";
import { findParticipant, findTrack } from "./find.js";
import { ROOM_ADMIN } from "./twirp/grant.js";
import { type TwirpService, twirpMethod } from "./twirp/twirp-method.js";

/** Methods of RoomService about what participants publish and receive. */
export function trackMethods(rooms: Rooms, { enableRemoteUnmute }: Pick<Config["room"], "enableRemoteUnmute">): TwirpService {
  return new Map([
    [
      "MutePublishedTrack",
      twirpMethod({
        request: MuteRoomTrackRequest,
        grant: ROOM_ADMIN,
        handle: ({ room: name, identity, trackSid, muted }) => {
          const { session, participant } = findParticipant(rooms, name, identity);
          const track = findTrack(participant, trackSid);
          if (!muted && !enableRemoteUnmute) throw new SluiceError("failedPrecondition", "remote unmute not enabled");
          session.command((room) => room.muteFor(track.trackId, muted));
          return new MuteRoomTrackResponse({ track: trackInfo(track) });
        },
      }),
    ],
    [
      "UpdateSubscriptions",
      twirpMethod({
        request: UpdateSubscriptionsRequest,
        grant: ROOM_ADMIN,
        handle: ({ room, identity, trackSids, participantTracks, subscribe }) => {
          const { session, participant } = findParticipant(rooms, room, identity);
          const trackIds = [...trackSids, ...participantTracks.flatMap((each) => each.trackSids)];
          if (trackIds.length > MAX_IDS_PER_REQUEST) {
            throw new SluiceError("invalidArgument", `track_sids: at most ${MAX_IDS_PER_REQUEST} in one request`);
          }
          const method = subscribe ? "subscribe" : "unsubscribe";
          session.handleCall(participant.participantId, { method, params: { trackIds } });
          return new UpdateSubscriptionsResponse();
        },
      }),
    ],
  ]);
}
