import { connect, type LeaveReason, type Room } from "@sluice/sdk";
import { fetchDevToken } from "./access-token.js";
import { createEndedView } from "./ended-view.js";
import { type Entry, Lobby } from "./lobby.js";
import { closeSource } from "./local-source.js";
import { parsePageOptions } from "./page-options.js";
import { RoomView } from "./room-view.js";

declare global {
  interface Window {
    /** For the console and for tests: the room one is in. */
    sluiceRoom?: Room;
  }
}

const options = parsePageOptions(location.search);

async function showLobby(): Promise<void> {
  const lobby = new Lobby(options, async (entry) => {
    await enterRoom(entry);
    lobby.close();
  });
  document.body.replaceChildren(lobby.node);
  document.title = `${options.room} · Sluice`;
  lobby.focus();
  await lobby.open();
  if (options.autojoin) await lobby.submit();
}

async function enterRoom(entry: Entry): Promise<void> {
  const token = options.token ?? (() => fetchDevToken(entry.room, options.identity ?? identityOf(entry.name), entry.name));
  const room = await connect(location.origin, token, { videoDefaults: options.video });
  const view = new RoomView(room, {
    isMirrored: (track) => entry.picture?.type === "device" && track.mediaStreamTrack === entry.picture.track,
    leave: () => room.leave(),
  });
  const leaveWithPage = () => room.leave();
  addEventListener("pagehide", leaveWithPage);
  room.on("connectionStateChanged", (state) => {
    if (state.status !== "disconnected") return;
    removeEventListener("pagehide", leaveWithPage);
    closeSource(entry.picture);
    closeSource(entry.sound);
    view.close();
    showEnded(state.reason);
  });
  window.sluiceRoom = room;
  document.title = `${room.name} · Sluice`;
  document.body.replaceChildren(view.node);
  publish(room, entry).catch((error: unknown) => console.error(error));
}

async function publish(room: Room, { picture, pictureOn, sound, soundOn }: Entry): Promise<void> {
  await Promise.all([
    sound && room.publish(sound.track, { source: "microphone", name: "microphone", muted: !soundOn }),
    picture && room.publish(picture.track, { source: "camera", name: "camera", muted: !pictureOn }),
  ]);
}

function showEnded(reason: LeaveReason): void {
  delete window.sluiceRoom;
  document.body.replaceChildren(createEndedView(reason, () => showLobby().catch(console.error)));
}

/** Two people may have the same name but not the same identity; a page that is loaded again is the same person. */
function identityOf(name: string): string {
  const key = "sluice.identity";
  const suffix = sessionStorage.getItem(key) ?? crypto.getRandomValues(new Uint32Array(1))[0]?.toString(36).slice(0, 4) ?? "";
  sessionStorage.setItem(key, suffix);
  return `${name.toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, "-")}-${suffix}`;
}

showLobby().catch(console.error);
