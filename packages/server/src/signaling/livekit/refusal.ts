import { RequestResponse, RequestResponse_Reason, type SignalRequest } from "@livekit/protocol";
import type { ErrorCode, SluiceError } from "@sluice/protocol";

const { INVALID_REQUEST, LIMIT_EXCEEDED, NOT_ALLOWED, NOT_FOUND, UNCLASSIFIED_ERROR, UNSUPPORTED_TYPE } =
  RequestResponse_Reason;

const REASONS: { readonly [C in ErrorCode]: RequestResponse_Reason } = {
  parseError: INVALID_REQUEST,
  invalidRequest: INVALID_REQUEST,
  methodNotFound: UNSUPPORTED_TYPE,
  invalidArgument: INVALID_REQUEST,
  internal: UNCLASSIFIED_ERROR,
  unauthenticated: NOT_ALLOWED,
  permissionDenied: NOT_ALLOWED,
  notFound: NOT_FOUND,
  alreadyExists: INVALID_REQUEST,
  failedPrecondition: INVALID_REQUEST,
  resourceExhausted: LIMIT_EXCEEDED,
  unavailable: UNCLASSIFIED_ERROR,
  noNodeAvailable: UNCLASSIFIED_ERROR,
  unsupported: UNSUPPORTED_TYPE,
};

/** Why a request was not granted; undefined for requests whose clients expect no answer. */
export function refusalOf({ message }: SignalRequest, { code, message: text }: SluiceError): RequestResponse | undefined {
  const request = echoOf(message);
  if (request === undefined) return undefined;
  const requestId = message.case === "updateMetadata" ? message.value.requestId : 0;
  return new RequestResponse({ requestId, reason: REASONS[code], message: text, request });
}

/** The request itself goes back with the answer: that is how a client knows which one it was. */
function echoOf(message: SignalRequest["message"]): RequestResponse["request"] | undefined {
  switch (message.case) {
    case "addTrack":
    case "mute":
    case "updateMetadata":
    case "updateAudioTrack":
    case "updateVideoTrack":
      return message;
    case "publishDataTrackRequest":
      return { case: "publishDataTrack", value: message.value };
    case "unpublishDataTrackRequest":
      return { case: "unpublishDataTrack", value: message.value };
    default:
      return undefined;
  }
}
