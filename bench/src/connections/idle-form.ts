import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import {
  ClientInfo,
  ConnectionSettings,
  JoinRequest,
  SessionDescription,
  WrappedJoinRequest,
  WrappedJoinRequest_Compression,
} from "@livekit/protocol";
import { type DoorName, HeadlessParticipant, MediaHost } from "@sluice/cli";
import type { NodeProcess } from "@sluice/interop";
import { type RawData, WebSocket } from "ws";

/** One way to be in a room and do nothing there. */
export interface IdleForm {
  readonly name: string;
  /** At one time. */
  readonly maxConnections: number;
  /** Resolves when the participant is there, with what makes it leave. */
  readonly join: (node: NodeProcess, room: string, identity: string) => Promise<() => unknown>;
}

/** Bounded so that the machine has memory left for what is measured. */
const MAX_SIGNALING = 20_000;
/** Of a MediaHost. */
const MAX_CONNECTED = 1_000;

/** What livekit-client 2.23 offers in its join request, of Chromium 148: three sections of each kind to receive in, and data channels. */
const OFFER = readFileSync(new URL("../../src/connections/livekit-offer.sdp", import.meta.url), "utf8").replaceAll(
  "\n",
  "\r\n",
);

export function idleForms(): readonly IdleForm[] {
  let host: MediaHost | undefined;
  const connected = (name: string, door: DoorName): IdleForm => ({
    name,
    maxConnections: MAX_CONNECTED,
    join: async (node, room, identity) => {
      // A process has one, and keeps it.
      host ??= new MediaHost({ maxParticipants: MAX_CONNECTED });
      const token = await node.token(room, identity);
      const participant = await HeadlessParticipant.join({ host, url: node.webSocketUrl, token, door, data: true });
      return () => participant.leave();
    },
  });
  const signaling = (name: string, join: IdleForm["join"]): IdleForm => ({ name, maxConnections: MAX_SIGNALING, join });
  return [
    signaling("livekit, signaling only", (...where) => joinLiveKit(...where)),
    signaling("livekit, with its offer", (...where) => joinLiveKit(...where, offer())),
    connected("livekit, connected", "livekit"),
    signaling("json-rpc, signaling only", joinJsonRpc),
    connected("json-rpc, connected", "jsonrpc"),
  ];
}

async function joinLiveKit(node: NodeProcess, room: string, identity: string, sdp?: string): Promise<() => void> {
  const request = new JoinRequest({
    clientInfo: new ClientInfo({ version: "2.23.0", protocol: 17, browser: "Chrome", browserVersion: "148.0" }),
    connectionSettings: new ConnectionSettings({ autoSubscribe: true }),
    ...(sdp === undefined ? {} : { publisherOffer: new SessionDescription({ type: "offer", sdp }) }),
  });
  const joinRequest = gzipSync(request.toBinary());
  const wrapped = new WrappedJoinRequest({ compression: WrappedJoinRequest_Compression.GZIP, joinRequest });
  const query = Buffer.from(wrapped.toBinary()).toString("base64url");
  const token = await node.token(room, identity);
  const socket = new WebSocket(`${node.webSocketUrl}/rtc/v1?join_request=${query}&access_token=${token}`);
  await firstMessage(socket);
  return () => socket.terminate();
}

async function joinJsonRpc(node: NodeProcess, room: string, identity: string): Promise<() => void> {
  const socket = new WebSocket(`${node.webSocketUrl}/rpc?access_token=${await node.token(room, identity)}`);
  socket.once("open", () => socket.send('{"jsonrpc":"2.0","id":1,"method":"join","params":{}}'));
  await firstMessage(socket);
  return () => socket.terminate();
}

/** Every peer connection has credentials and a certificate of its own. */
function offer(): string {
  const digits = randomBytes(32).toString("hex").toUpperCase().match(/../g) ?? [];
  return OFFER.replaceAll(/a=ice-ufrag:.*/g, `a=ice-ufrag:${randomBytes(3).toString("base64")}`)
    .replaceAll(/a=ice-pwd:.*/g, `a=ice-pwd:${randomBytes(18).toString("base64")}`)
    .replaceAll(/a=fingerprint:.*/g, `a=fingerprint:sha-256 ${digits.join(":")}`);
}

function firstMessage(socket: WebSocket): Promise<RawData> {
  return new Promise((resolve, reject) => {
    socket.once("message", resolve);
    socket.once("error", reject);
    socket.once("close", (code) => reject(new Error(`the connection ended with ${code}`)));
  });
}
