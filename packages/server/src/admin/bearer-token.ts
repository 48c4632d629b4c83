import { createHash, timingSafeEqual } from "node:crypto";

/** Whether the header `Authorization` shows the token. How long that takes says nothing about the token, not even its length. */
export function showsToken(authorization: string | undefined, token: string): boolean {
  const shown = /^Bearer +(\S+) *$/i.exec(authorization ?? "")?.[1];
  return shown !== undefined && timingSafeEqual(digestOf(shown), digestOf(token));
}

function digestOf(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
