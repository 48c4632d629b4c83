import { SluiceError } from "../error-code.js";
import {
  MAX_BATCH_CALLS,
  MAX_MESSAGE_BYTES,
  MAX_MESSAGE_DEPTH,
  MAX_REQUEST_ID_LENGTH,
  MAX_TRACEPARENT_LENGTH,
} from "../limits.js";
import { isMethodName, METHOD_PARAMETERS } from "../method-parameters.js";
import { InvalidValue, isObject } from "../validation/parser.js";
import type { IncomingCall, IncomingMessage, MethodCall, RequestId } from "./message.js";

/**
 * Parses one message of a client (JSON-RPC 2.0). Never throws: what is wrong comes back as a refused call with the id it can
 * be answered under, null when the id cannot be known.
 */
export function parseMessage(message: string): IncomingMessage {
  if (message.length > MAX_MESSAGE_BYTES) {
    return refusedMessage("resourceExhausted", `a message may have at most ${MAX_MESSAGE_BYTES} bytes`);
  }
  let value: unknown;
  try {
    value = JSON.parse(message);
  } catch {
    return refusedMessage("parseError", "the message is not JSON");
  }
  if (!isWithinDepth(value, MAX_MESSAGE_DEPTH)) {
    return refusedMessage("invalidRequest", `a message may be nested at most ${MAX_MESSAGE_DEPTH} deep`);
  }
  if (!Array.isArray(value)) return { type: "single", call: parseCall(value) };
  if (value.length === 0) return refusedMessage("invalidRequest", "a batch must not be empty");
  if (value.length > MAX_BATCH_CALLS) {
    return refusedMessage("invalidRequest", `a batch may have at most ${MAX_BATCH_CALLS} calls`);
  }
  return { type: "batch", calls: value.map(parseCall) };
}

function parseCall(value: unknown): IncomingCall {
  if (!isObject(value)) return refused(null, "invalidRequest", "a call must be an object");
  const id = value.id;
  if (id !== undefined && !isRequestId(id)) {
    return refused(
      null,
      "invalidRequest",
      `an id must be a number, null, or a string of at most ${MAX_REQUEST_ID_LENGTH} characters`,
    );
  }
  // From here on the id is known, so even an invalid request can be answered under it.
  if (value.jsonrpc !== "2.0") return refused(id ?? null, "invalidRequest", 'the member "jsonrpc" must be "2.0"');
  const method = value.method;
  if (typeof method !== "string") return refused(id ?? null, "invalidRequest", 'the member "method" must be a string');
  const params = value.params;
  if (params !== undefined && (typeof params !== "object" || params === null)) {
    return refused(id ?? null, "invalidRequest", 'the member "params" must be an object');
  }
  let call: MethodCall;
  try {
    call = parseMethodCall(method, params ?? {});
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
    return id === undefined ? { type: "ignored", error } : { type: "refused", id, error };
  }
  const { traceparent } = value;
  if (typeof traceparent === "string" && traceparent.length <= MAX_TRACEPARENT_LENGTH) {
    return id === undefined ? { type: "notification", call, traceparent } : { type: "request", id, call, traceparent };
  }
  return id === undefined ? { type: "notification", call } : { type: "request", id, call };
}

function parseMethodCall(method: string, params: unknown): MethodCall {
  if (!isMethodName(method))
    throw new SluiceError("methodNotFound", `there is no method ${JSON.stringify(method.slice(0, 64))}`);
  if (Array.isArray(params)) throw new SluiceError("invalidArgument", "params: expected an object, parameters are by name");
  try {
    // The table pairs every name with the parser of its own parameters, which TypeScript cannot follow through an index.
    return { method, params: METHOD_PARAMETERS[method](params) } as MethodCall;
  } catch (error) {
    if (!(error instanceof InvalidValue)) throw error;
    throw new SluiceError("invalidArgument", `params${error.path === "" ? "" : `.${error.path}`}: ${error.message}`);
  }
}

export function isRequestId(id: unknown): id is RequestId {
  if (typeof id === "string") return id.length <= MAX_REQUEST_ID_LENGTH;
  return id === null || (typeof id === "number" && Number.isFinite(id));
}

/** JSON.parse itself is not recursive; this walk is, and it stops at the bound. */
function isWithinDepth(value: unknown, depth: number): boolean {
  if (typeof value !== "object" || value === null) return true;
  if (depth === 0) return false;
  if (Array.isArray(value)) return value.every((item) => isWithinDepth(item, depth - 1));
  for (const key in value) {
    if (!isWithinDepth((value as Record<string, unknown>)[key], depth - 1)) return false;
  }
  return true;
}

type RefusalCode = "parseError" | "invalidRequest" | "resourceExhausted";

function refused(id: RequestId, code: RefusalCode, message: string): IncomingCall {
  return { type: "refused", id, error: new SluiceError(code, message) };
}

function refusedMessage(code: RefusalCode, message: string): IncomingMessage {
  return { type: "single", call: refused(null, code, message) };
}
