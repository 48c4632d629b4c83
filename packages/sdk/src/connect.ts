import { dialJsonRpc, type TokenSource } from "@sluice/protocol";
import { browserScheduler } from "./browser-scheduler.js";
import { MediaConnection } from "./media-connection.js";
import type { OpenMedia } from "./media-port.js";
import type { VideoDefaults } from "./publish-options.js";
import { Room } from "./room.js";
import { openWebSocket } from "./web-socket.js";

export interface ConnectOptions {
  /** Every track of others is subscribed as it appears. Default true. */
  readonly autoSubscribe?: boolean;
  /** How videos are published when `publish` says nothing else. */
  readonly videoDefaults?: VideoDefaults;
  /** Called with the room before it is joined, to add listeners that must not miss the first events. */
  readonly prepare?: (room: Room) => void;
}

/**
 * Joins the room the token names.
 * @param url `wss://host`, or the page's own `https://host`
 * @param token LiveKit's JWT format, or a function that fetches one, asked again before every reconnect
 * @throws SluiceError `unavailable` when there is no connection, `unauthenticated` or `permissionDenied` for a bad token
 */
export async function connect(url: string, token: TokenSource, options: ConnectOptions = {}): Promise<Room> {
  const { autoSubscribe = true, videoDefaults = {}, prepare } = options;
  const signaling = { url, token, autoSubscribe, dial: dialJsonRpc(openWebSocket), scheduler: browserScheduler };
  const openMedia: OpenMedia = (...parameters) => new MediaConnection(...parameters);
  const room = new Room(signaling, openMedia, videoDefaults);
  prepare?.(room);
  const handleOnline = () => room.retryNow();
  addEventListener("online", handleOnline);
  room.on("connectionStateChanged", ({ status }) => {
    if (status === "disconnected") removeEventListener("online", handleOnline);
  });
  await room.whenJoined();
  return room;
}
