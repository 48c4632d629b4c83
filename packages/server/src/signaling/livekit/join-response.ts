import { ICEServer, JoinResponse, ParticipantUpdate, ReconnectResponse, RoomUpdate, SignalResponse } from "@livekit/protocol";
import type { IceServer } from "@sluice/protocol";
import { participantInfo } from "../../livekit/participant-info.js";
import { enabledCodecs, roomInfo } from "../../livekit/room-info.js";
import { serverInfo } from "../../livekit/server-info.js";
import type { Participant } from "../../room/participant.js";
import type { Room } from "../../room/room.js";

/** How often a client is to ping, s; and after how much silence it takes the connection for lost. */
const PING_INTERVAL_SECONDS = 5;
const PING_TIMEOUT_SECONDS = 15;
/** Participants in one update: some 100 kB with their tracks. */
const PARTICIPANTS_PER_UPDATE = 100;

/** What the node says of itself. */
export interface NodeDescription {
  readonly nodeId: string;
  readonly region: string;
}

export interface JoinedClient {
  readonly room: Room;
  readonly participant: Participant;
  readonly iceServers: readonly IceServer[];
  readonly node: NodeDescription;
}

/** The first message to a newcomer. `isDual`: it has a connection of its own for what it receives, and waits for that one. */
export function joinResponse(joined: JoinedClient, isDual: boolean): SignalResponse {
  const { room, participant, iceServers, node } = joined;
  const info = serverInfo(node);
  const value = new JoinResponse({
    room: roomInfo(room),
    participant: participantInfo(participant),
    otherParticipants: othersOf(room, participant).map(participantInfo),
    serverVersion: info.version,
    serverInfo: info,
    serverRegion: node.region,
    iceServers: iceServers.map(iceServer),
    subscriberPrimary: isDual && participant.permissions.canSubscribe,
    pingInterval: PING_INTERVAL_SECONDS,
    pingTimeout: PING_TIMEOUT_SECONDS,
    // Frames that the server makes itself end so, and pass end-to-end encryption; the room's id is random enough for that.
    sifTrailer: new TextEncoder().encode(room.roomId),
    enabledPublishCodecs: enabledCodecs(room),
    fastPublish: !isDual,
  });
  return new SignalResponse({ message: { case: "join", value } });
}

/** The first messages to a participant that is back: what it has missed is in none of them but told as it is now. */
export function reconnectResponses(joined: JoinedClient, lastMessageSeq: number): SignalResponse[] {
  const { room, participant, iceServers, node } = joined;
  const value = new ReconnectResponse({
    iceServers: iceServers.map(iceServer),
    serverInfo: serverInfo(node),
    lastMessageSeq,
  });
  const infos = [participant, ...othersOf(room, participant)].map(participantInfo);
  const updates: SignalResponse[] = [];
  for (let at = 0; at < infos.length; at += PARTICIPANTS_PER_UPDATE) {
    const participants = infos.slice(at, at + PARTICIPANTS_PER_UPDATE);
    updates.push(new SignalResponse({ message: { case: "update", value: new ParticipantUpdate({ participants }) } }));
  }
  return [
    new SignalResponse({ message: { case: "reconnect", value } }),
    ...updates,
    new SignalResponse({ message: { case: "roomUpdate", value: new RoomUpdate({ room: roomInfo(room) }) } }),
  ];
}

function othersOf(room: Room, participant: Participant): Participant[] {
  return room.participants.filter((other) => other !== participant && !other.isHidden);
}

function iceServer({ urls, username = "", credential = "" }: IceServer): ICEServer {
  return new ICEServer({ urls: [...urls], username, credential });
}
