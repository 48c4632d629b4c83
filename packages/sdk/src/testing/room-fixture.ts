/** What the tests of a Room have in common. */
import { dialJsonRpc, type ParticipantInfo, type TrackInfo } from "@sluice/protocol";
import { MemoryServer, participantInfo, roomInfo, settle, VirtualScheduler } from "@sluice/protocol/testing";
import { Room } from "../room.js";
import { createMemoryMedia } from "./memory-media.js";

export const camera: TrackInfo = { trackId: "TR_cam", kind: "video", source: "camera", name: "", muted: false };

export const person = (participantId: string, tracks: TrackInfo[] = []): ParticipantInfo =>
  participantInfo({ participantId, identity: `id of ${participantId}`, tracks });

/** A room whose events are written down as "event argument". */
export async function createRoom({ others = [] as ParticipantInfo[], autoSubscribe = true } = {}) {
  const server = new MemoryServer();
  let joins = 0;
  const state = { others, resumable: true, info: roomInfo() };
  server.answers.join = ({ resume }) => {
    const resumed = resume !== undefined && state.resumable;
    if (!resumed) joins += 1;
    return {
      room: state.info,
      participant: person(`PA_me${joins}`),
      participants: state.others,
      iceServers: [],
      pingIntervalMs: 1e6,
      resumed,
    };
  };
  server.answers.publish = ({ cid, kind }) => ({
    track: { ...camera, trackId: `TR_${joins}_${String(cid).slice(0, 4)}`, kind },
  });
  const sections: { mid: string; trackId: string; participantId: string }[] = [];
  server.answers.offer = ({ sdp }) => ({ sdp: `answer to ${sdp}`, tracks: sections });
  server.answers.signal = () => ({ delivered: 1 });
  const scheduler = new VirtualScheduler();
  const media = createMemoryMedia();
  const room = new Room(
    { url: "ws://n", token: "t", autoSubscribe, dial: dialJsonRpc(server.openSocket), scheduler },
    media.open,
  );
  const log: string[] = [];
  room.on("participantJoined", ({ participantId }) => log.push(`joined ${participantId}`));
  room.on("participantLeft", ({ participantId }, reason) => log.push(`left ${participantId} ${reason}`));
  room.on("trackPublished", ({ trackId }) => log.push(`published ${trackId}`));
  room.on("trackUnpublished", ({ trackId }) => log.push(`unpublished ${trackId}`));
  room.on("trackSubscribed", ({ trackId }) => log.push(`subscribed ${trackId}`));
  room.on("trackUnsubscribed", ({ trackId }) => log.push(`unsubscribed ${trackId}`));
  room.on("trackMuted", ({ trackId, muted }) => log.push(`muted ${trackId} ${muted}`));
  room.on("trackPaused", ({ trackId, paused }) => log.push(`paused ${trackId} ${paused}`));
  room.on("trackLayersChanged", ({ starved, receivedLayers }) => {
    log.push(`layers ${starved ? "none" : (receivedLayers?.spatialLayer ?? "?")}`);
  });
  room.on("connectionStateChanged", (to) => log.push("cause" in to ? `${to.status} ${to.cause}` : to.status));
  room.on("error", ({ code }) => log.push(`error ${code}`));
  await room.whenJoined();
  await settle();
  return { room, server, scheduler, media, sections, state, log, drain: () => log.splice(0) };
}
