import { SluiceError } from "@sluice/protocol";

/** Members of one etcd cluster; more are a mistake. */
export const MAX_ENDPOINTS = 16;

/**
 * `http://10.0.0.1:2379` as an origin.
 *
 * @throws SluiceError `invalidArgument`, naming what is wrong with it, and no password
 */
export function parseEtcdEndpoint(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== "http:" && url.protocol !== "https:") || url.hostname === "") {
    throw new SluiceError(
      "invalidArgument",
      `not an etcd endpoint: ${withoutPassword(text)} (write http://HOST:2379 or https://HOST:2379)`,
    );
  }
  if (url.username !== "" || url.password !== "") {
    throw new SluiceError("invalidArgument", `an etcd endpoint carries no user or password: ${url.protocol}//${url.host}`);
  }
  if (url.pathname !== "/" || url.search !== "" || url.hash !== "") {
    throw new SluiceError("invalidArgument", `an etcd endpoint ends with its port: ${url.origin}`);
  }
  return url.origin;
}

/** What stands before an @ may be a secret, and this goes into a log. */
function withoutPassword(text: string): string {
  return JSON.stringify(text.replace(/^(.*\/\/)?.*@/s, "$1…@").slice(0, 80));
}
