import { DataPacket, RpcAck, RpcRequest, RpcResponse } from "@livekit/protocol";

/** Requests and responses that are one packet each; a later version sends streams, which only participants can answer. */
const RPC_VERSION = 1;

export interface RpcRequestFields {
  /** Of the request; its caller has the same as identity. */
  readonly id: string;
  readonly method: string;
  readonly payload: string;
  readonly responseTimeoutMs: number;
}

/** What a client says about a request. */
export type RpcAnswer =
  | { readonly type: "received"; readonly requestId: string }
  | { readonly type: "answered"; readonly requestId: string; readonly payload: string }
  | {
      readonly type: "failed";
      readonly requestId: string;
      readonly code: number;
      readonly message: string;
      readonly data: string;
    }
  /** In a form that its version does not have. */
  | { readonly type: "unknown"; readonly requestId: string };

export function createRpcRequest({ id, ...request }: RpcRequestFields): Uint8Array {
  const value = new RpcRequest({ id, ...request, version: RPC_VERSION });
  return new DataPacket({ participantIdentity: id, value: { case: "rpcRequest", value } }).toBinary();
}

/** undefined: no packet, or one with another value. */
export function parseRpcAnswer(packet: Uint8Array): RpcAnswer | undefined {
  try {
    const { value } = DataPacket.fromBinary(packet).value;
    if (value instanceof RpcAck) return { type: "received", requestId: value.requestId };
    return value instanceof RpcResponse ? answerOf(value) : undefined;
  } catch (error) {
    // The library throws its own and the runtime's errors for bytes that are no message: whatever it is, this is no answer.
    if (error instanceof Error) return undefined;
    throw error;
  }
}

function answerOf({ requestId, value }: RpcResponse): RpcAnswer {
  switch (value.case) {
    case "payload":
      return { type: "answered", requestId, payload: value.value };
    case "error": {
      const { code, message, data } = value.value;
      return { type: "failed", requestId, code, message, data };
    }
    case "compressedPayload":
    case undefined:
      return { type: "unknown", requestId };
  }
}
