import { ERROR_CODES, SluiceError } from "@sluice/protocol";
import type { FastifyInstance, FastifyReply } from "fastify";
import { LiveKitDoor } from "./livekit-door.js";

/**
 * `GET /rtc/validate` and `/rtc/v1/validate`: why an upgrade with the same query was refused, or that it would not be. Pages of any
 * origin may ask; the token says whether they learn anything.
 */
export function addValidateRoutes(app: FastifyInstance, door: LiveKitDoor): void {
  for (const path of LiveKitDoor.PATHS) {
    app.get(`${path}/validate`, async ({ raw }, reply) => {
      const url = (raw.url ?? "").replace("/validate", "");
      try {
        await door.validate({ url, headers: raw.headers });
      } catch (error) {
        if (!(error instanceof SluiceError)) throw error;
        return answer(reply, ERROR_CODES[error.code].http, error.message);
      }
      return answer(reply, 200, "success");
    });
    // Not an upgrade: there is nothing here to see.
    app.get(path, async (_request, reply) => answer(reply, 404, ""));
  }
}

function answer(reply: FastifyReply, status: number, text: string): FastifyReply {
  return reply.code(status).header("Access-Control-Allow-Origin", "*").type("text/plain; charset=utf-8").send(text);
}
