import { ERROR_CODES, SluiceError } from "@sluice/protocol";
import type { FastifyInstance } from "fastify";
import type { TokenVerifier } from "../auth/token-verifier.js";
import type { Membership } from "../cluster/nodes/membership.js";
import type { Clock } from "../session/clock.js";
import { bearerOf, refuseRequest } from "./refuse-request.js";

export interface NodesRouteOptions {
  /** Undefined while the node is not announced. */
  readonly membership: () => Membership | undefined;
  readonly verifier: TokenVerifier;
  readonly clock: Clock;
}

/** `GET /nodes`, for who has the grant `roomList`: every node of the cluster, as this one knows them. */
export function addNodes(app: FastifyInstance, { membership, verifier, clock }: NodesRouteOptions): void {
  app.get("/nodes", async (request, reply) => {
    try {
      const { video } = await verifier.verify(bearerOf(request.headers.authorization), clock.unixMs());
      if (video.roomList !== true) throw new SluiceError("permissionDenied", "the token lacks the grant roomList");
      const known = membership();
      if (known === undefined) throw new SluiceError("unavailable", "the node is starting");
      const nodes = known.nodes().map(({ record: { load, ...record }, ageMs, isStale }) => {
        const isSelf = record.nodeId === known.identity.nodeId && record.incarnation === known.identity.incarnation;
        return { ...record, ...load, ageMs: Math.round(ageMs), isStale, isSelf };
      });
      return reply.header("Cache-Control", "no-store").send({ isConnected: known.isConnected, nodes });
    } catch (error) {
      if (error instanceof SluiceError) return refuseRequest(reply, error, ERROR_CODES[error.code].http);
      throw error;
    }
  });
}
