import type { ErrorCode } from "@sluice/protocol";

/** Twirp's error codes with their HTTP statuses (Twirp wire protocol v7, "Error Codes"). */
export const TWIRP_STATUS = {
  canceled: 408,
  unknown: 500,
  invalid_argument: 400,
  malformed: 400,
  deadline_exceeded: 408,
  not_found: 404,
  bad_route: 404,
  already_exists: 409,
  permission_denied: 403,
  unauthenticated: 401,
  resource_exhausted: 429,
  failed_precondition: 412,
  aborted: 409,
  out_of_range: 400,
  unimplemented: 501,
  internal: 500,
  unavailable: 503,
  dataloss: 503,
} as const satisfies Record<string, number>;

export type TwirpCode = keyof typeof TWIRP_STATUS;

/** How the server's API says what can go wrong. */
export const TWIRP_CODES: { readonly [C in ErrorCode]: TwirpCode } = {
  parseError: "malformed",
  invalidRequest: "malformed",
  methodNotFound: "bad_route",
  invalidArgument: "invalid_argument",
  internal: "internal",
  unauthenticated: "unauthenticated",
  permissionDenied: "permission_denied",
  notFound: "not_found",
  alreadyExists: "already_exists",
  failedPrecondition: "failed_precondition",
  resourceExhausted: "resource_exhausted",
  unavailable: "unavailable",
  noNodeAvailable: "unavailable",
  unsupported: "unimplemented",
};
