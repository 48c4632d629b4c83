import { SignalRequest, type SignalResponse } from "@livekit/protocol";

/** How a client writes its messages, and so how it is answered: binary frames are protobuf, text frames its JSON. */
export type SignalFormat = "protobuf" | "json";

/** What goes to a whole room is one object, and becomes bytes once in each format. */
const serialized: { readonly [F in SignalFormat]: WeakMap<SignalResponse, Uint8Array | string> } = {
  protobuf: new WeakMap(),
  json: new WeakMap(),
};

/** undefined for what does not parse; members and messages that are newer than this code are ignored. */
export function parseSignalRequest(data: Buffer, format: SignalFormat): SignalRequest | undefined {
  try {
    if (format === "protobuf") return SignalRequest.fromBinary(data);
    // JSON lets numbers in that protobuf cannot write; what others are told of them would fail where nobody expects it.
    return SignalRequest.fromBinary(
      SignalRequest.fromJsonString(data.toString("utf8"), { ignoreUnknownFields: true }).toBinary(),
    );
  } catch (error) {
    // The library throws Error, RangeError, SyntaxError or TypeError, whatever the bytes happen to hit.
    if (error instanceof Error) return undefined;
    throw error;
  }
}

export function serializeSignalResponse(response: SignalResponse, format: SignalFormat): Uint8Array | string {
  let data = serialized[format].get(response);
  if (data === undefined) {
    data = format === "json" ? response.toJsonString() : response.toBinary();
    serialized[format].set(response, data);
  }
  return data;
}
