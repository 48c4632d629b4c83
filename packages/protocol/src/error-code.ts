/**
 * The closed list of what can go wrong with a request, and how each edge says it. One class, one list, one table: a new edge
 * (the LiveKit door, the admin API) adds a column here, never a list of its own.
 */
export const ERROR_CODES = {
  /** The message is not JSON. */
  parseError: { jsonRpc: -32_700, http: 400, webSocketClose: 1007 },
  /** The message is JSON but not a JSON-RPC 2.0 request. */
  invalidRequest: { jsonRpc: -32_600, http: 400, webSocketClose: 1002 },
  methodNotFound: { jsonRpc: -32_601, http: 404, webSocketClose: 1002 },
  /** A parameter is missing, of the wrong type, or out of its range. */
  invalidArgument: { jsonRpc: -32_602, http: 400, webSocketClose: 1008 },
  /** A defect of the server; the log has more under the same request. */
  internal: { jsonRpc: -32_603, http: 500, webSocketClose: 1011 },
  /** No token, or one that is expired, not yet valid, or signed by nobody we know. */
  unauthenticated: { jsonRpc: -32_001, http: 401, webSocketClose: 4401 },
  /** The token is good but does not grant this. */
  permissionDenied: { jsonRpc: -32_002, http: 403, webSocketClose: 4403 },
  notFound: { jsonRpc: -32_003, http: 404, webSocketClose: 4404 },
  alreadyExists: { jsonRpc: -32_004, http: 409, webSocketClose: 4409 },
  /** The request is fine but not now: for example `publish` before `join`. */
  failedPrecondition: { jsonRpc: -32_005, http: 412, webSocketClose: 4412 },
  /** A limit was reached; the message names it. */
  resourceExhausted: { jsonRpc: -32_006, http: 429, webSocketClose: 4429 },
  /** The node cannot do it at the moment (draining, no worker): try again, perhaps elsewhere. */
  unavailable: { jsonRpc: -32_007, http: 503, webSocketClose: 4503 },
  /** No node of the cluster takes newcomers: all are draining, silent or full. 4503 is `unavailable`'s, so the close code is 10 more. */
  noNodeAvailable: { jsonRpc: -32_009, http: 503, webSocketClose: 4513 },
  /** None of the codecs, profiles or setups offered is supported. */
  unsupported: { jsonRpc: -32_008, http: 415, webSocketClose: 4415 },
} as const satisfies Record<string, { jsonRpc: number; http: number; webSocketClose: number }>;

export type ErrorCode = keyof typeof ERROR_CODES;

/** A request that could not be granted. `message` is meant for the person who wrote the client and says what to do. */
export class SluiceError extends Error {
  override readonly name = "SluiceError";
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}
