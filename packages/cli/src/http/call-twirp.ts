import { type ErrorCode, SluiceError } from "@sluice/protocol";
import { fetchText, plainReason, type TextResponse } from "./fetch-text.js";

export interface TwirpRequest<Answer> {
  /** Of a server, http or https; a path in it comes before Twirp's own. */
  readonly url: string;
  /** With its package: "livekit.RoomService". */
  readonly service: string;
  readonly method: string;
  readonly token: string;
  /** The request in protobuf's JSON form. */
  readonly json: string;
  /** Throws when it is something else. */
  readonly parse: (answer: unknown) => Answer;
}

/** One call of a Twirp API (twirp v7, JSON). Throws SluiceError with what to do. */
export async function callTwirp<Answer>(request: TwirpRequest<Answer>): Promise<Answer> {
  const { url, service, method, token, json, parse } = request;
  const headers = { "content-type": "application/json" };
  const response = await fetchText(`${url}/twirp/${service}/${method}`, token, { method: "POST", headers, body: json });
  if (response.status !== 200) throw refusal(response, url);
  try {
    return parse(JSON.parse(response.body));
  } catch (cause) {
    throw new SluiceError("failedPrecondition", `${url} does not answer as LiveKit's API does: is the address right?`, {
      cause,
    });
  }
}

/** By Twirp's error codes. */
const CODES: Readonly<Record<string, ErrorCode>> = {
  canceled: "unavailable",
  unknown: "internal",
  invalid_argument: "invalidArgument",
  malformed: "invalidArgument",
  deadline_exceeded: "unavailable",
  not_found: "notFound",
  bad_route: "methodNotFound",
  already_exists: "alreadyExists",
  permission_denied: "permissionDenied",
  unauthenticated: "unauthenticated",
  resource_exhausted: "resourceExhausted",
  failed_precondition: "failedPrecondition",
  aborted: "failedPrecondition",
  out_of_range: "invalidArgument",
  unimplemented: "unsupported",
  internal: "internal",
  unavailable: "unavailable",
  dataloss: "unavailable",
};

const ADVICE: Partial<Record<ErrorCode, string>> = {
  unauthenticated: "pass the --key and --secret of this server, or a --token with the grant",
  permissionDenied: "pass the --key and --secret of this server, or a --token with the grant",
  methodNotFound: "does this server have LiveKit's API?",
  unavailable: "try again in a moment",
};

function refusal(response: TextResponse, url: string): SluiceError {
  const { code, message } = twirpError(response) ?? plainError(response, url);
  const advice = ADVICE[code];
  return new SluiceError(code, advice === undefined ? message : `${message}; ${advice}`);
}

interface Refusal {
  readonly code: ErrorCode;
  readonly message: string;
}

function twirpError({ contentType, body }: TextResponse): Refusal | undefined {
  if (contentType !== "application/json") return undefined;
  try {
    const { code, msg } = (JSON.parse(body) ?? {}) as { readonly code?: unknown; readonly msg?: unknown };
    if (typeof code !== "string") return undefined;
    return { code: CODES[code] ?? "internal", message: typeof msg === "string" && msg !== "" ? msg : code };
  } catch {
    return undefined; // No JSON: its status says enough.
  }
}

/** What stands before the API refuses in plain text: a token that is not good, a path that leads nowhere. */
function plainError({ status, body }: TextResponse, url: string): Refusal {
  if (status === 401) return { code: "unauthenticated", message: plainReason(body) ?? "the access token is not accepted" };
  if (status === 404) return { code: "methodNotFound", message: `there is no API at ${url}` };
  return { code: "unavailable", message: plainReason(body) ?? `${url} answers with status ${status}` };
}
