import type { IncomingMessage } from "node:http";
import { SluiceError } from "@sluice/protocol";

/** From `Authorization: Bearer …` or `?access_token=…`. Throws SluiceError `unauthenticated` when there is none. */
export function accessToken({ headers, url }: Pick<IncomingMessage, "headers" | "url">): string {
  const bearer = /^Bearer +(\S+) *$/i.exec(headers.authorization ?? "")?.[1];
  if (bearer !== undefined) return bearer;
  const token = queryOf(url).get("access_token");
  if (token === null || token === "") {
    throw new SluiceError("unauthenticated", "no access token: pass ?access_token=… or the header Authorization: Bearer …");
  }
  return token;
}

/** What stands behind the `?`, however odd: an empty parameter is none. */
export function queryOf(url: string | undefined): URLSearchParams {
  const start = url?.indexOf("?") ?? -1;
  return new URLSearchParams(start === -1 ? "" : url?.slice(start + 1));
}
