import { gunzipSync } from "node:zlib";
import {
  type AddTrackRequest,
  ClientInfo,
  JoinRequest,
  type SessionDescription,
  type SyncState,
  WrappedJoinRequest,
  WrappedJoinRequest_Compression,
} from "@livekit/protocol";
import { MAX_ID_LENGTH, SluiceError } from "@sluice/protocol";
import type { ClientDescription } from "../../room/client-description.js";
import { attributesOf } from "./attributes.js";
import { clientDescription, clientInfoOf, isFirefox } from "./client-info.js";

/** How a client comes: what its URL says, whichever of the two protocols it speaks. */
export interface ConnectRequest {
  /** "single": `/rtc/v1`, one peer connection that the client offers; "dual": `/rtc`, a second one that the node offers. */
  readonly connections: "single" | "dual";
  readonly autoSubscribe: boolean;
  /** A video may be stopped for want of bandwidth. */
  readonly mayPauseVideo: boolean;
  readonly client: ClientDescription;
  readonly isFirefox: boolean;
  /** In place of the token's. */
  readonly metadata: string | undefined;
  /** Besides the token's. */
  readonly attributes: Readonly<Record<string, string>> | undefined;
  /** Participant id; undefined: it comes for the first time. */
  readonly resume: string | undefined;
  /** The first offer, of a client with one peer connection. */
  readonly offer: SessionDescription | undefined;
  readonly addTracks: readonly AddTrackRequest[];
  readonly syncState: SyncState | undefined;
}

/** A join request once it is unpacked, bytes: LiveKit's own limit. */
export const MAX_JOIN_REQUEST_BYTES = 1_048_576;
/** Tracks that a join request publishes: LiveKit's limit of those that may wait for their media. */
export const MAX_ADD_TRACKS = 20;

/**
 * Reads the query of `/rtc` or `/rtc/v1`. A `join_request` on either is the newer protocol.
 *
 * @throws SluiceError `invalidArgument` for what does not parse or is too large
 */
export function parseConnectRequest(path: string, query: URLSearchParams, userAgent = ""): ConnectRequest {
  const wrapped = query.get("join_request");
  if (wrapped !== null) return ofJoinRequest(unwrap(wrapped), userAgent);
  return path.startsWith("/rtc/v1") ? ofJoinRequest(new JoinRequest(), userAgent) : ofQuery(query, userAgent);
}

function ofJoinRequest(request: JoinRequest, userAgent: string): ConnectRequest {
  const { clientInfo = new ClientInfo(), connectionSettings, metadata, participantAttributes, reconnect } = request;
  if (request.addTrackRequests.length > MAX_ADD_TRACKS) throw invalid(`more than ${MAX_ADD_TRACKS} tracks`);
  return {
    connections: "single",
    autoSubscribe: connectionSettings?.autoSubscribe ?? true,
    mayPauseVideo: connectionSettings?.subscriberAllowPause ?? true,
    client: clientDescription(clientInfo),
    isFirefox: isFirefox(clientInfo, userAgent),
    metadata: metadata === "" ? undefined : metadata,
    attributes: Object.keys(participantAttributes).length === 0 ? undefined : participantAttributes,
    resume: reconnect ? participantIdOf(request.participantSid) : undefined,
    offer: request.publisherOffer,
    addTracks: request.addTrackRequests,
    syncState: request.syncState,
  };
}

function ofQuery(query: URLSearchParams, userAgent: string): ConnectRequest {
  const info = clientInfoOf(query);
  return {
    connections: "dual",
    autoSubscribe: query.get("auto_subscribe") !== "0" && query.get("auto_subscribe") !== "false",
    mayPauseVideo: query.get("subscriber_allow_pause") !== "0" && query.get("subscriber_allow_pause") !== "false",
    client: clientDescription(info),
    isFirefox: isFirefox(info, userAgent),
    metadata: undefined,
    attributes: attributesOf(query.get("attributes")),
    resume: query.get("reconnect") === "1" ? participantIdOf(query.get("sid") ?? "") : undefined,
    offer: undefined,
    addTracks: [],
    syncState: undefined,
  };
}

function participantIdOf(sid: string): string {
  if (sid === "" || sid.length > MAX_ID_LENGTH) throw invalid("a reconnect names the participant (sid)");
  return sid;
}

/** base64url, padded or not, of a WrappedJoinRequest. */
function unwrap(text: string): JoinRequest {
  // One character alone says six bits, which are no byte (RFC 4648 §4).
  if (!/^(?:[\w+/-]{4})*[\w+/-]{2,4}=*$/.test(text)) throw invalid("join_request is not base64");
  try {
    const { compression, joinRequest } = WrappedJoinRequest.fromBinary(Buffer.from(text, "base64url"));
    const isPacked = compression === WrappedJoinRequest_Compression.GZIP;
    const bytes = isPacked ? gunzipSync(joinRequest, { maxOutputLength: MAX_JOIN_REQUEST_BYTES }) : joinRequest;
    return JoinRequest.fromBinary(bytes);
  } catch (cause) {
    throw new SluiceError("invalidArgument", "the join_request cannot be read", { cause });
  }
}

function invalid(what: string): SluiceError {
  return new SluiceError("invalidArgument", `the request to connect is not valid: ${what}`);
}
