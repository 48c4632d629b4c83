import type { LocalTrack, RemoteParticipant, RemoteTrack, Room } from "@sluice/sdk";
import { Banner } from "./banner.js";
import { Controls } from "./controls.js";
import { createCopyLink } from "./copy-link.js";
import { element } from "./element.js";
import { Grid } from "./grid.js";
import { icon, logo } from "./icons.js";
import { Tile, type TileContent } from "./tile.js";
import { chooseTiles } from "./tile-order.js";

/** A room as people see it. Every event leads to the same thing: show again what the SDK says there is. */
export class RoomView {
  readonly node: HTMLElement;
  readonly #room: Room;
  readonly #grid = new Grid();
  readonly #banner = new Banner();
  readonly #controls: Controls;
  readonly #count = element("span");
  readonly #isMirrored: (track: LocalTrack) => boolean;
  /** By participant id; a shared screen by that of its track. */
  readonly #tiles = new Map<string, Tile>();
  readonly #spokeMs = new Map<string, number>();
  readonly #removeListeners: (() => void)[];

  constructor(room: Room, options: { readonly isMirrored: (track: LocalTrack) => boolean; readonly leave: () => void }) {
    this.#room = room;
    this.#isMirrored = options.isMirrored;
    this.#controls = new Controls({
      toggleMicrophone: () => this.#toggle("microphone"),
      toggleCamera: () => this.#toggle("camera"),
      toggleScreen: () => this.#toggleScreen(),
      leave: options.leave,
    });
    const header = element(
      "header",
      {},
      logo(),
      element("h1", {}, room.name),
      element("span", { class: "count", "aria-label": "Participants" }, icon("people"), this.#count),
      createCopyLink(() => room.name),
    );
    this.node = element("main", { class: "room" }, header, this.#grid.node, this.#banner.node, this.#controls.node);
    this.#removeListeners = this.#listen();
    this.#show();
  }

  close(): void {
    for (const remove of this.#removeListeners) remove();
    for (const tile of this.#tiles.values()) tile.close();
    this.#controls.close();
    this.node.remove();
  }

  #listen(): (() => void)[] {
    const room = this.#room;
    const show = () => this.#show();
    return [
      room.on("participantJoined", show),
      room.on("participantLeft", show),
      room.on("participantUpdated", show),
      room.on("trackPublished", show),
      room.on("trackUnpublished", show),
      room.on("trackSubscribed", show),
      room.on("trackUnsubscribed", show),
      room.on("trackMuted", show),
      room.on("trackLayersChanged", show),
      room.on("localTrackPublished", show),
      room.on("localTrackUnpublished", show),
      room.on("connectionStateChanged", (state) => {
        this.#banner.showState(state);
        this.#show();
      }),
      room.on("activeSpeakers", (speakers) => {
        const speaking = new Set(speakers.map(({ participantId }) => participantId));
        for (const id of speaking) this.#spokeMs.set(id, performance.now());
        for (const [id, tile] of this.#tiles) tile.setSpeaking(speaking.has(id));
        this.#arrange();
      }),
      room.on("connectionQuality", (participants) => {
        for (const { participantId, quality } of participants) this.#tiles.get(participantId)?.setQuality(quality);
      }),
      room.on("error", (error) => console.warn(error)),
    ];
  }

  #show(): void {
    const { localParticipant: self, participants } = this.#room;
    const seen = new Set<string>();
    const showTile = (id: string, kind: "participant" | "screen", identity: string, content: TileContent) => {
      seen.add(id);
      this.#tile(id, kind, identity, self.identity === identity).show(content);
    };
    showTile(self.participantId, "participant", self.identity, this.#selfContent());
    for (const participant of participants) {
      showTile(participant.participantId, "participant", participant.identity, contentOf(participant));
    }
    for (const { id, identity, content } of this.#screens()) showTile(id, "screen", identity, content);
    for (const [id, tile] of this.#tiles) {
      if (seen.has(id)) continue;
      tile.close();
      this.#tiles.delete(id);
      this.#spokeMs.delete(id);
    }
    this.#count.textContent = String(participants.length + 1);
    const isLive = (source: string) => self.tracks.some((track) => track.source === source && !track.muted);
    this.#controls.show({ microphone: isLive("microphone"), camera: isLive("camera"), screen: isLive("screenShare") });
    this.#arrange();
  }

  /** Who has a tile; the newest shared screen has the stage. */
  #arrange(): void {
    const { localParticipant, participants } = this.#room;
    const ids = [localParticipant.participantId, ...participants.map(({ participantId }) => participantId)];
    const visible = chooseTiles(ids, this.#spokeMs);
    const stage = this.#screens().at(-1);
    const tiles = visible.flatMap((id) => this.#tiles.get(id) ?? []);
    this.#grid.show(tiles, stage === undefined ? undefined : this.#tiles.get(stage.id), ids.length - visible.length);
  }

  #screens(): { readonly id: string; readonly identity: string; readonly content: TileContent }[] {
    const { localParticipant: self, participants } = this.#room;
    const own = self.tracks.find((track) => track.source === "screenShare");
    const screens = participants.flatMap(({ identity, name, tracks }) => {
      const all = [...tracks.values()];
      const remote = all.find((track) => track.source === "screenShare" && track.mediaStreamTrack !== undefined);
      const sound = all.find((track) => track.source === "screenShareAudio")?.mediaStreamTrack;
      if (remote === undefined) return [];
      const content = screenContent(`${name}’s screen`, remote.mediaStreamTrack, sound, remote);
      return [{ id: remote.trackId, identity, content }];
    });
    if (own === undefined) return screens;
    return [...screens, { id: own.cid, identity: self.identity, content: screenContent("Your screen", own.mediaStreamTrack) }];
  }

  #selfContent(): TileContent {
    const { name, tracks } = this.#room.localParticipant;
    const camera = tracks.find((track) => track.source === "camera" && !track.muted);
    const microphone = tracks.find((track) => track.source === "microphone");
    return {
      name,
      picture: camera?.mediaStreamTrack,
      sound: undefined,
      remote: undefined,
      silent: microphone === undefined || microphone.muted,
      mirrored: camera !== undefined && this.#isMirrored(camera),
    };
  }

  #tile(id: string, kind: "participant" | "screen", identity: string, isSelf: boolean): Tile {
    const known = this.#tiles.get(id);
    if (known !== undefined) return known;
    const tile = new Tile(kind, identity, isSelf, (video) => this.#banner.showBlocked(video));
    this.#tiles.set(id, tile);
    return tile;
  }

  #toggle(source: "microphone" | "camera"): void {
    const track = this.#room.localParticipant.tracks.find((candidate) => candidate.source === source);
    if (track === undefined) return;
    this.#room.setMuted(track, !track.muted).catch((error: unknown) => console.warn(error));
  }

  #toggleScreen(): void {
    const screens = this.#room.localParticipant.tracks.filter(
      ({ source }) => source === "screenShare" || source === "screenShareAudio",
    );
    const change =
      screens.length === 0 ? this.#room.publishScreen() : Promise.all(screens.map((track) => this.#room.unpublish(track)));
    // Most often it is the person who closed the browser's dialog.
    change.catch((error: unknown) => console.info(error));
  }
}

function contentOf({ name, tracks }: RemoteParticipant): TileContent {
  const all = [...tracks.values()];
  const cameras = all.filter((track) => track.kind === "video" && track.source !== "screenShare");
  const picture = cameras.find((track) => !track.muted);
  const sound = all.find((track) => track.kind === "audio" && track.source !== "screenShareAudio");
  return {
    name,
    picture: picture?.mediaStreamTrack,
    sound: sound?.mediaStreamTrack,
    remote: picture ?? cameras[0],
    silent: sound === undefined || sound.muted,
    mirrored: false,
  };
}

function screenContent(
  name: string,
  picture: MediaStreamTrack | undefined,
  sound?: MediaStreamTrack,
  remote?: RemoteTrack,
): TileContent {
  return { name, picture, sound, remote, silent: false, mirrored: false };
}
