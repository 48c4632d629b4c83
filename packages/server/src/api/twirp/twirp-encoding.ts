import { SluiceError } from "@sluice/protocol";

/** The two forms a call may have; the answer has the same. */
export type TwirpEncoding = "json" | "protobuf";

/** What is needed of a generated message's class to read a request. */
export interface RequestType<I> {
  fromBinary(bytes: Uint8Array, options: { readonly readUnknownFields: boolean }): I;
  fromJsonString(text: string, options: { readonly ignoreUnknownFields: boolean }): I;
}

/** What is needed of a generated message to answer with it. */
export interface ResponseMessage {
  toBinary(): Uint8Array;
  toJsonString(options: { readonly emitDefaultValues: boolean; readonly useProtoFieldName: boolean }): string;
}

export const CONTENT_TYPES: { readonly [E in TwirpEncoding]: string } = {
  json: "application/json",
  protobuf: "application/protobuf",
};

/** By the header `Content-Type`, whatever parameters it has; undefined for anything else. */
export function encodingOf(contentType: string | undefined): TwirpEncoding | undefined {
  const [mediaType = ""] = (contentType ?? "").split(";", 1);
  switch (mediaType.trim().toLowerCase()) {
    case "application/json":
      return "json";
    case "application/protobuf":
      return "protobuf";
    default:
      return undefined;
  }
}

/**
 * A request out of a body: JSON with names in either casing, fields nobody knows left out.
 *
 * @throws SluiceError `parseError` for what is no such message
 */
export function parseRequest<I>(type: RequestType<I>, body: Uint8Array, encoding: TwirpEncoding): I {
  try {
    if (encoding === "protobuf") return type.fromBinary(body, { readUnknownFields: false });
    return type.fromJsonString(new TextDecoder("utf-8", { fatal: true }).decode(body), { ignoreUnknownFields: true });
  } catch (cause) {
    // The parser's own words may hold what was sent.
    throw new SluiceError("parseError", `the request's body is not the ${encoding} of its message`, { cause });
  }
}

/** JSON has the names of the .proto files, and every field. */
export function serializeResponse(message: ResponseMessage, encoding: TwirpEncoding): Buffer {
  if (encoding === "protobuf") return Buffer.from(message.toBinary());
  return Buffer.from(message.toJsonString({ emitDefaultValues: true, useProtoFieldName: true }), "utf8");
}
