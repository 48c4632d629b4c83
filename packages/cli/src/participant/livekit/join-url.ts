import { platform } from "node:os";
import {
  ClientInfo,
  ConnectionSettings,
  JoinRequest,
  ReconnectReason,
  WrappedJoinRequest,
  WrappedJoinRequest_Compression,
} from "@livekit/protocol";
import { SluiceError } from "@sluice/protocol";

/** Of LiveKit's signaling: the one whose messages we know. */
const PROTOCOL_VERSION = 17;
const CLIENT_VERSION = "0.1.0";

export interface JoinUrlParameters {
  /** ws://…, wss://…, http://… or https://…; a path in it comes before the door's own. */
  readonly url: string;
  readonly autoSubscribe: boolean;
  /** Participant sid to resume. */
  readonly resume: string | undefined;
}

/**
 * The address of a LiveKit door for a client with a single peer connection. What is asked for is in it, uncompressed: without an
 * offer it is short.
 *
 * @throws SluiceError `invalidArgument` for an address that is none
 */
export function joinUrl({ url, autoSubscribe, resume }: JoinUrlParameters): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !/^(ws|http)s?:$/.test(parsed.protocol)) {
    throw new SluiceError("invalidArgument", `"${url}" is not an address like wss://example.org`);
  }
  const request = new JoinRequest({
    clientInfo: new ClientInfo({ version: CLIENT_VERSION, protocol: PROTOCOL_VERSION, os: platform() }),
    connectionSettings: new ConnectionSettings({ autoSubscribe }),
    ...(resume === undefined
      ? {}
      : { reconnect: true, participantSid: resume, reconnectReason: ReconnectReason.RR_SIGNAL_DISCONNECTED }),
  });
  const wrapped = new WrappedJoinRequest({
    compression: WrappedJoinRequest_Compression.NONE,
    joinRequest: request.toBinary(),
  });
  parsed.protocol = parsed.protocol.replace("http", "ws");
  parsed.pathname = `${parsed.pathname.replace(/\/+$/, "")}/rtc/v1`;
  parsed.searchParams.set("join_request", base64Url(wrapped.toBinary()));
  parsed.hash = "";
  return parsed.href;
}

/** Padded, as LiveKit's own decoder wants it (RFC 4648 §5). */
function base64Url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64").replaceAll("+", "-").replaceAll("/", "_");
}
