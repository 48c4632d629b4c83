import type { ErrorCode, IceServer, SluiceError } from "@sluice/protocol";

/** What goes back to a client over HTTP. */
export interface SessionAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: string;
}

/** RFC 9725 §4.2, §4.3.1, §4.4; draft-ietf-wish-whep §4.2. */
export const SESSION_STATUS: { readonly [C in ErrorCode]: number } = {
  parseError: 400,
  invalidRequest: 400,
  methodNotFound: 405,
  invalidArgument: 400,
  internal: 500,
  unauthenticated: 401,
  permissionDenied: 403,
  notFound: 404,
  alreadyExists: 409,
  failedPrecondition: 409,
  resourceExhausted: 429,
  unavailable: 503,
  noNodeAvailable: 503,
  // The media type is right, what it holds is not what can be taken.
  unsupported: 422,
};

/** What a client waits for what cannot be done now, s. */
const RETRY_AFTER = "1";

export function plainAnswer(status: number, headers: SessionAnswer["headers"] = {}, body = ""): SessionAnswer {
  return { status, headers, body };
}

/** LiveKit's form. */
export function refusal(status: number, message: string, headers: SessionAnswer["headers"] = {}): SessionAnswer {
  return plainAnswer(status, { "Content-Type": "application/json", ...headers }, JSON.stringify({ error: message }));
}

export function refusalOf({ code, message }: SluiceError): SessionAnswer {
  const status = SESSION_STATUS[code];
  return refusal(status, message, {
    ...(status === 401 ? { "WWW-Authenticate": 'Bearer realm="sluice"' } : {}),
    ...(status === 503 || status === 409 ? { "Retry-After": RETRY_AFTER } : {}),
  });
}

/** One `Link` for each server (RFC 9725 §4.6). */
export function linksTo(servers: readonly IceServer[]): readonly string[] {
  return servers.flatMap(({ urls, username, credential }) => {
    const login =
      username === undefined || credential === undefined
        ? ""
        : `; username=${quoted(username)}; credential=${quoted(credential)}; credential-type="password"`;
    return urls.map((url) => `<${url}>; rel="ice-server"${login}`);
  });
}

/** RFC 9110 §5.6.4. What no header may hold no client could be told. */
function quoted(text: string): string {
  return `"${text.replaceAll(/[^\t -~]/g, "").replaceAll(/["\\]/g, "\\$&")}"`;
}
