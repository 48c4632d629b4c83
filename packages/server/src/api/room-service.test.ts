import { test } from "node:test";
import type { VideoGrant } from "@sluice/protocol";
import { openApi } from "./testing/api-fixture.js";

const METHODS_BY_GRANT = {
  roomCreate: ["CreateRoom", "DeleteRoom"],
  roomList: ["ListRooms"],
  roomAdmin: [
    "ListParticipants",
    "GetParticipant",
    "RemoveParticipant",
    "MutePublishedTrack",
    "UpdateParticipant",
    "UpdateSubscriptions",
    "UpdateRoomMetadata",
    "SendData",
    "PerformRpc",
    "MoveParticipant",
    "ForwardParticipant",
  ],
  destinationRoom: ["MoveParticipant", "ForwardParticipant"],
} as const;
const EVERYTHING: VideoGrant = {
  roomCreate: true,
  roomList: true,
  roomAdmin: true,
  room: "demo",
  roomJoin: true,
  destinationRoom: "other",
};

for (const [grant, methods] of Object.entries(METHODS_BY_GRANT)) {
  for (const method of methods) {
    test(`${method} takes ${grant}, whatever else a token grants`, async () => {
      const { api } = openApi();
      const request = { name: "demo", room: "demo", identity: "ann", destination_room: "other" };
      const refuses = (granted: VideoGrant) => api.refuses("unauthenticated", /^permissions denied$/, method, request, granted);
      await refuses({ ...EVERYTHING, [grant]: undefined });
      await refuses({});
      if (grant === "roomAdmin") await refuses({ ...EVERYTHING, room: "other" });
    });
  }
}
