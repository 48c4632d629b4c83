import { SluiceError } from "@sluice/protocol";
import type { FastifyReply } from "fastify";

/** The token that a request shows. Throws SluiceError `unauthenticated` when there is none. */
export function bearerOf(authorization: string | undefined): string {
  const token = /^Bearer +(\S+) *$/i.exec(authorization ?? "")?.[1];
  if (token === undefined) throw new SluiceError("unauthenticated", "no access token: pass the header Authorization: Bearer …");
  return token;
}

/** Answers with the reason as text. */
export function refuseRequest(reply: FastifyReply, error: SluiceError, status: number): FastifyReply {
  if (status === 401) reply.header("WWW-Authenticate", 'Bearer realm="sluice"');
  return reply.code(status).type("text/plain; charset=utf-8").send(`${error.message}\n`);
}
