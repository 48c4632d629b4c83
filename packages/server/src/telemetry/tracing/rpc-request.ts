import type { Attributes } from "./span.js";

/** A call of a method, of whichever protocol. */
export interface RpcRequest {
  /** `rpc.system.name`: "jsonrpc", "twirp", "livekit". */
  readonly system: string;
  /** From a closed list; undefined: what was asked for is not in it. */
  readonly method: string | undefined;
  readonly attributes?: Attributes;
  /** What it says itself of whom it belongs to, not looked at. */
  readonly traceparent?: string | undefined;
}

/** What became of it. */
export interface RpcOutcome {
  /** From a closed list: "ok", or an error's code. */
  readonly outcome: string;
  /** How its answer says so. */
  readonly statusCode: string;
}

/** What OpenTelemetry's conventions call a method that is in no closed list. */
export const OTHER_METHOD = "_OTHER";
/** The outcome of what was granted, as whoever counts requests has it. */
export const OK = "ok";
