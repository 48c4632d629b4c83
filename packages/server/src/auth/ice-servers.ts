import { createHmac } from "node:crypto";
import type { IceServer } from "@sluice/protocol";
import type { IceServersConfig, TurnLogin, TurnServer } from "../config/ice-servers-config.js";

/**
 * The STUN and TURN servers that one participant is told of. Where the node shares a secret with a TURN server, the credentials
 * are the participant's own and end after some time ("TURN REST API": username "<expiry>:<id>", credential the base64 of its
 * HMAC-SHA1).
 */
export function iceServersFor(
  { stunServers, turnServers }: IceServersConfig,
  participantId: string,
  nowUnixSeconds: number,
): IceServer[] {
  const stun = stunServers.length === 0 ? [] : [{ urls: stunServers.map((server) => `stun:${server}`) }];
  return [
    ...stun,
    ...turnServers.map((server) => ({ urls: [urlOf(server)], ...credentialsOf(server.login, participantId, nowUnixSeconds) })),
  ];
}

/** RFC 7065 */
function urlOf({ host, port, protocol }: TurnServer): string {
  const authority = `${host.includes(":") ? `[${host}]` : host}:${port}`;
  return protocol === "tls" ? `turns:${authority}?transport=tcp` : `turn:${authority}?transport=${protocol}`;
}

function credentialsOf(
  login: TurnLogin,
  participantId: string,
  nowUnixSeconds: number,
): Required<Pick<IceServer, "username" | "credential">> {
  switch (login.type) {
    case "fixed":
      return { username: login.username, credential: login.credential };
    case "timeLimited": {
      const username = `${Math.floor(nowUnixSeconds) + login.ttlSeconds}:${participantId}`;
      return { username, credential: createHmac("sha1", login.secret).update(username).digest("base64") };
    }
  }
}
