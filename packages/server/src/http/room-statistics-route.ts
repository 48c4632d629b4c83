import { ERROR_CODES, SluiceError } from "@sluice/protocol";
import type { FastifyInstance } from "fastify";
import type { TokenVerifier } from "../auth/token-verifier.js";
import type { Clock } from "../session/clock.js";
import type { Rooms } from "../session/rooms.js";
import { bearerOf, refuseRequest } from "./refuse-request.js";

export interface RoomStatisticsRouteOptions {
  readonly rooms: Rooms;
  readonly verifier: TokenVerifier;
  readonly clock: Clock;
}

/** `GET /rooms/ROOM/stats`, for who has the grant `roomAdmin` for that room: its media in numbers, without joining it. */
export function addRoomStatistics(app: FastifyInstance, { rooms, verifier, clock }: RoomStatisticsRouteOptions): void {
  app.get("/rooms/:room/stats", async (request, reply) => {
    try {
      const claims = await verifier.verify(bearerOf(request.headers.authorization), clock.unixMs());
      const { room } = request.params as { readonly room: string };
      const { identity } = request.query as Record<string, unknown>;
      if (identity !== undefined && typeof identity !== "string") {
        throw new SluiceError("invalidArgument", "identity: once, or not at all");
      }
      return reply.header("Cache-Control", "no-store").send(rooms.statisticsOf(claims, room, identity));
    } catch (error) {
      if (error instanceof SluiceError) return refuseRequest(reply, error, ERROR_CODES[error.code].http);
      throw error;
    }
  });
}
