import type { VideoGrant } from "@sluice/protocol";

/** What a token has to grant for a call. */
export interface Grant<I> {
  /** As the reference names it. */
  readonly name: string;
  readonly allows: (grant: VideoGrant, request: I) => boolean;
}

export const ROOM_CREATE: Grant<unknown> = { name: "roomCreate", allows: ({ roomCreate }) => roomCreate === true };

export const ROOM_LIST: Grant<unknown> = { name: "roomList", allows: ({ roomList }) => roomList === true };

/** For just this room. */
export const ROOM_ADMIN: Grant<{ readonly room: string }> = {
  name: "roomAdmin",
  allows: (grant, { room }) => grant.roomAdmin === true && grant.room === room,
};

/** For just these two rooms. */
export const ROOM_ADMIN_WITH_DESTINATION: Grant<{ readonly room: string; readonly destinationRoom: string }> = {
  name: "roomAdmin, destinationRoom",
  allows: (grant, request) => ROOM_ADMIN.allows(grant, request) && grant.destinationRoom === request.destinationRoom,
};
