import type { RpcOutcome } from "../session/data/server-rpc.js";
import type { TwirpCode } from "./twirp/twirp-code.js";
import { TwirpRefusal } from "./twirp/twirp-method.js";

/** Errors that LiveKit's RPC protocol has numbers for; its server gives them these codes. */
const CODES: ReadonlyMap<number, TwirpCode> = new Map([
  // The participant has no such method.
  [1400, "invalid_argument"],
  // There is no such participant.
  [1401, "not_found"],
  // The request is too long.
  [1402, "malformed"],
  // It speaks no RPC, or not this version.
  [1403, "unimplemented"],
  [1404, "unimplemented"],
  // It did not answer in time.
  [1501, "canceled"],
  [1502, "canceled"],
  // It left.
  [1503, "unavailable"],
]);

/** A call that failed. What the participant's method says itself, with a number of its own, is "internal", as LiveKit has it. */
export function rpcRefusal({ code, message, data }: Extract<RpcOutcome, { readonly type: "failed" }>): TwirpRefusal {
  return new TwirpRefusal(CODES.get(code) ?? "internal", message, { rpc_code: String(code), ...(data === "" ? {} : { data }) });
}
