import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { HttpSessionDoor } from "./http-session-door.js";
import { plainAnswer, refusal, type SessionAnswer } from "./session-answer.js";

/** What browsers keep the answer to `OPTIONS` for, s. */
const PREFLIGHT_MAX_AGE = "7200";
const EXPOSED_HEADERS = "Location, ETag, Link, Accept-Post, Accept-Patch, Retry-After, WWW-Authenticate";
const ENDPOINT_METHODS = "POST, OPTIONS, GET, HEAD";
const SESSION_METHODS = "PATCH, DELETE, OPTIONS, GET, HEAD";

/** The door's path and `PATH/SESSION`, in a scope of their own: nothing is read of a body before its sender may send it. */
export function addHttpSessionRoutes(app: FastifyInstance, door: HttpSessionDoor): void {
  void app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", (_request, _payload, done) => done(null));
    const endpoint = async (request: FastifyRequest, reply: FastifyReply) => {
      return send(reply, await answerEndpoint(request, door));
    };
    scope.all(door.path, endpoint);
    scope.all(`${door.path}/`, endpoint);
    scope.all(`${door.path}/:session`, async (request, reply) => {
      const { session } = request.params as { readonly session: string };
      return send(reply, await answerSession(request, session, door));
    });
    // Before it calls us fastify refuses what is no content type at all.
    scope.setErrorHandler<FastifyError>(async (error, _request, reply) => {
      if (error.statusCode !== 415) throw error;
      return send(reply, refusal(415, "this is no media type"));
    });
  });
}

async function answerEndpoint(request: FastifyRequest, door: HttpSessionDoor): Promise<SessionAnswer> {
  switch (request.method) {
    case "POST":
      return door.open(request.raw);
    case "OPTIONS":
      return preflight(request, ENDPOINT_METHODS, { "Accept-Post": "application/sdp" });
    case "GET":
    case "HEAD":
      return plainAnswer(204, { "Accept-Post": "application/sdp" });
    default:
      return notAllowed(request, ENDPOINT_METHODS);
  }
}

async function answerSession(request: FastifyRequest, session: string, door: HttpSessionDoor): Promise<SessionAnswer> {
  switch (request.method) {
    case "PATCH":
      return door.patch(request.raw, session);
    case "DELETE":
      return door.end(request.raw, session);
    case "OPTIONS":
      return preflight(request, SESSION_METHODS);
    case "GET":
    case "HEAD":
      return plainAnswer(204);
    default:
      return notAllowed(request, SESSION_METHODS);
  }
}

function preflight({ headers }: FastifyRequest, methods: string, more: SessionAnswer["headers"] = {}): SessionAnswer {
  const asked = headers["access-control-request-headers"];
  return plainAnswer(200, {
    Allow: methods,
    "Access-Control-Allow-Methods": methods,
    "Access-Control-Allow-Headers": asked ?? "Authorization, Content-Type, If-Match",
    "Access-Control-Max-Age": PREFLIGHT_MAX_AGE,
    ...more,
  });
}

function notAllowed({ method }: FastifyRequest, methods: string): SessionAnswer {
  return refusal(405, `${method} is not for this resource: ${methods} are`, { Allow: methods });
}

/** Pages of any origin may read what comes back: what a request may do is the token's to say, and there are no cookies. */
function send(reply: FastifyReply, { status, headers, body }: SessionAnswer): FastifyReply {
  reply.header("Access-Control-Allow-Origin", "*").header("Access-Control-Expose-Headers", EXPOSED_HEADERS);
  for (const [name, value] of Object.entries(headers)) reply.header(name, value);
  // To text fastify would add a charset, which these media types have not.
  return reply.code(status).send(body === "" ? undefined : Buffer.from(body, "utf8"));
}
