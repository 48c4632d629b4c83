import { after, earliest, type Instant } from "@sluice/media";
import { SluiceError } from "@sluice/protocol";
import { createRpcRequest, parseRpcAnswer, type RpcAnswer } from "../../livekit/rpc-packet.js";
import type { RandomId } from "../../room/random-id.js";

/** UTF-8 bytes of a request, and of a response, in this version of the protocol. */
const MAX_RPC_PAYLOAD_BYTES = 15_360;
/** Characters of a method's name; clients allow 64 bytes. */
const MAX_METHOD_LENGTH = 256;
/** Calls of one room that are not answered yet. */
const MAX_PENDING_CALLS = 1_000;
/** Until the client has to say that it has the request, ms: as LiveKit's clients wait for each other. */
const ACK_TIMEOUT_MS = 7_000;
const DEFAULT_RESPONSE_TIMEOUT_MS = 15_000;
const MAX_RESPONSE_TIMEOUT_MS = 3_600_000;

/** Errors that LiveKit's RPC protocol has numbers for; a client that answers with an error of its own has others. */
const RPC_ERRORS = {
  applicationError: { code: 1500, message: "Application error in method handler" },
  connectionTimeout: { code: 1501, message: "Connection timeout" },
  responseTimeout: { code: 1502, message: "Response timeout" },
  recipientDisconnected: { code: 1503, message: "Recipient disconnected" },
  sendFailed: { code: 1505, message: "Failed to send" },
  recipientNotFound: { code: 1401, message: "Recipient not found" },
  requestPayloadTooLarge: { code: 1402, message: "Request payload too large" },
} as const;

type RpcErrorName = keyof typeof RPC_ERRORS;

/** A method of a participant that the server's API calls. */
export interface ServerCall {
  readonly destinationIdentity: string;
  readonly method: string;
  readonly payload: string;
  /** ms; 0 or undefined: 15 s. */
  readonly responseTimeoutMs?: number;
}

export type RpcOutcome =
  | { readonly type: "answered"; readonly payload: string }
  /** `code` and `data` as LiveKit's `RpcError` has them. */
  | { readonly type: "failed"; readonly code: number; readonly message: string; readonly data: string };

export interface ServerRpcOptions {
  readonly randomId: RandomId;
  /** False: there is no way to the participant, and none to be expected. */
  readonly send: (participantId: string, packet: Uint8Array, now: Instant) => boolean;
}

interface PendingCall {
  readonly participantId: string;
  /** undefined: the client has said that it has the request. */
  ackDeadline: Instant | undefined;
  readonly responseDeadline: Instant;
  readonly onOutcome: (outcome: RpcOutcome) => void;
}

/**
 * [RM117] Calls of the server's API to methods of a room's LiveKit participants. A request's id is also its caller's identity: nobody
 * has it, so that the answer goes to nobody else. Each call has one outcome, by the callback, at the latest when its time is over.
 */
export class ServerRpc {
  readonly #options: ServerRpcOptions;
  /** By request id. */
  readonly #pending = new Map<string, PendingCall>();

  constructor(options: ServerRpcOptions) {
    this.#options = options;
  }

  /**
   * `participantId` undefined: there is nobody of that identity. What cannot be sent has failed before this returns.
   * Throws SluiceError `invalidArgument` for what makes no call, `resourceExhausted` when too many wait for their answers.
   */
  call(participantId: string | undefined, call: ServerCall, onOutcome: (outcome: RpcOutcome) => void, now: Instant): void {
    const { method } = call;
    if (method === "" || method.length > MAX_METHOD_LENGTH) {
      throw new SluiceError("invalidArgument", `a method's name has 1 to ${MAX_METHOD_LENGTH} characters`);
    }
    if (this.#pending.size >= MAX_PENDING_CALLS) {
      throw new SluiceError("resourceExhausted", `${MAX_PENDING_CALLS} calls of this room wait for their answers`);
    }
    const error = this.#send(participantId, call, onOutcome, now);
    if (error !== undefined) onOutcome(failure(error));
  }

  /** Whether this packet of value `rpcAck` or `rpcResponse` was an answer to the server: then it is for nobody else. */
  handlePacket(participantId: string, packet: Uint8Array): boolean {
    if (this.#pending.size === 0) return false;
    const answer = parseRpcAnswer(packet);
    const call = this.#pending.get(answer?.requestId ?? "");
    if (answer === undefined || call?.participantId !== participantId) return false;
    if (answer.type === "received") call.ackDeadline = undefined;
    else this.#finish(answer.requestId, call, outcomeOf(answer));
    return true;
  }

  handleParticipantClosed(participantId: string): void {
    for (const [id, call] of [...this.#pending]) {
      if (call.participantId === participantId) this.#finish(id, call, failure("recipientDisconnected"));
    }
  }

  pollTimeout(): Instant | undefined {
    let due: Instant | undefined;
    for (const call of this.#pending.values()) due = earliest(due, deadlineOf(call));
    return due;
  }

  handleTimeout(now: Instant): void {
    for (const [id, call] of [...this.#pending]) {
      if (deadlineOf(call) > now) continue;
      this.#finish(id, call, failure(call.ackDeadline === undefined ? "responseTimeout" : "connectionTimeout"));
    }
  }

  /** Why it cannot be sent. */
  #send(
    participantId: string | undefined,
    { method, payload, responseTimeoutMs: wantedMs = 0 }: ServerCall,
    onOutcome: (outcome: RpcOutcome) => void,
    now: Instant,
  ): RpcErrorName | undefined {
    if (participantId === undefined) return "recipientNotFound";
    if (Buffer.byteLength(payload) > MAX_RPC_PAYLOAD_BYTES) return "requestPayloadTooLarge";
    const id = this.#options.randomId("RC_");
    const responseTimeoutMs = wantedMs === 0 ? DEFAULT_RESPONSE_TIMEOUT_MS : Math.min(wantedMs, MAX_RESPONSE_TIMEOUT_MS);
    const request = createRpcRequest({ id, method, payload, responseTimeoutMs });
    if (!this.#options.send(participantId, request, now)) return "sendFailed";
    const responseDeadline = after(now, responseTimeoutMs);
    this.#pending.set(id, { participantId, ackDeadline: after(now, ACK_TIMEOUT_MS), responseDeadline, onOutcome });
    return undefined;
  }

  #finish(id: string, { onOutcome }: PendingCall, outcome: RpcOutcome): void {
    this.#pending.delete(id);
    onOutcome(outcome);
  }
}

function deadlineOf({ ackDeadline, responseDeadline }: PendingCall): Instant {
  return earliest(ackDeadline, responseDeadline) ?? responseDeadline;
}

function failure(error: RpcErrorName, data = ""): RpcOutcome {
  return { type: "failed", ...RPC_ERRORS[error], data };
}

function outcomeOf(answer: Exclude<RpcAnswer, { readonly type: "received" }>): RpcOutcome {
  if (answer.type === "unknown") return failure("applicationError", "the response is in no form that this version has");
  const { requestId: _, ...outcome } = answer;
  return outcome;
}
