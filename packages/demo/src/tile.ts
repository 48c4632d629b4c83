import type { ConnectionQuality, RemoteTrack } from "@sluice/sdk";
import { hueOf, initials } from "./avatar.js";
import { element } from "./element.js";
import { icon } from "./icons.js";
import type { Rect } from "./layout.js";

/** What a tile shows. */
export interface TileContent {
  readonly name: string;
  readonly picture: MediaStreamTrack | undefined;
  readonly sound: MediaStreamTrack | undefined;
  /** Somebody else's picture: it is received only as large as it is shown here, and may fail to come. */
  readonly remote: RemoteTrack | undefined;
  /** Whether a crossed-out microphone is shown. */
  readonly silent: boolean;
  /** Ourselves are seen as in a mirror. */
  readonly mirrored: boolean;
}

const QUALITY_BARS: Readonly<Record<ConnectionQuality, number>> = { excellent: 3, good: 2, poor: 1, lost: 0 };

/** One participant, or one shared screen. */
export class Tile {
  readonly node: HTMLElement;
  readonly #video = element("video", { autoplay: true, playsinline: true });
  readonly #name = element("span", { class: "name" });
  readonly #silent = element("span", { class: "silent", role: "img", "aria-label": "Muted" }, icon("microphoneOff"));
  readonly #quality = element("span", { class: "quality", role: "img" }, element("i"), element("i"), element("i"));
  readonly #weak = element("span", { class: "weak", role: "status" }, icon("weak"), "Paused: weak connection");
  readonly #avatar = element("div", { class: "avatar", "aria-hidden": "true" });
  readonly #stream = new MediaStream();
  readonly #suffix: string;
  #remote: RemoteTrack | undefined;
  #release = () => {};
  readonly #handleBlocked: (video: HTMLVideoElement) => void;

  /** `handleBlocked` gets the element when the browser does not let it play before the page is touched. */
  constructor(
    kind: "participant" | "screen",
    identity: string,
    isSelf: boolean,
    handleBlocked: (video: HTMLVideoElement) => void,
  ) {
    this.#handleBlocked = handleBlocked;
    this.#suffix = isSelf && kind === "participant" ? " (you)" : "";
    this.#video.muted = isSelf;
    this.#video.disablePictureInPicture = isSelf;
    const label = element("figcaption", {}, this.#silent, this.#name);
    this.node = element("figure", { class: `tile ${kind}` }, this.#avatar, this.#video, this.#weak, label, this.#quality);
    this.node.style.setProperty("--hue", String(hueOf(identity)));
    // The node reports only what differs from this.
    this.setQuality("excellent");
  }

  show({ name, picture, sound, remote, silent, mirrored }: TileContent): void {
    const label = name + this.#suffix;
    this.#name.textContent = label;
    this.node.setAttribute("aria-label", silent ? `${label}, muted` : label);
    this.#avatar.textContent = initials(name);
    this.#silent.hidden = !silent;
    this.node.classList.toggle("mirrored", mirrored);
    this.node.classList.toggle("no-picture", picture === undefined);
    this.#weak.hidden = picture === undefined || remote?.starved !== true;
    this.node.classList.toggle("starved", !this.#weak.hidden);
    this.#adaptTo(remote);
    this.#setTracks([picture, sound].filter((track) => track !== undefined));
  }

  setSpeaking(isSpeaking: boolean): void {
    this.node.classList.toggle("speaking", isSpeaking);
  }

  setQuality(quality: ConnectionQuality): void {
    this.#quality.dataset.bars = String(QUALITY_BARS[quality]);
    this.#quality.setAttribute("aria-label", `Connection ${quality}`);
    this.#quality.title = `Connection ${quality}`;
  }

  /** `undefined`: there is no room for it. */
  place(rect: Rect | undefined): void {
    this.node.hidden = rect === undefined;
    if (rect === undefined) return;
    const { style } = this.node;
    // On whole pixels, or the text is blurred.
    style.transform = `translate(${Math.round(rect.x)}px, ${Math.round(rect.y)}px)`;
    style.width = `${rect.width}px`;
    style.height = `${rect.height}px`;
    this.node.classList.toggle("small", rect.width < 200);
  }

  close(): void {
    this.#release();
    this.node.remove();
    this.#video.srcObject = null;
  }

  #adaptTo(remote: RemoteTrack | undefined): void {
    if (this.#remote === remote) return;
    this.#release();
    this.#remote = remote;
    this.#release = remote?.adaptTo(this.#video) ?? (() => {});
  }

  #setTracks(tracks: readonly MediaStreamTrack[]): void {
    for (const track of this.#stream.getTracks()) if (!tracks.includes(track)) this.#stream.removeTrack(track);
    for (const track of tracks) this.#stream.addTrack(track);
    const source = tracks.length === 0 ? null : this.#stream;
    if (this.#video.srcObject === source) return;
    this.#video.srcObject = source;
    if (source === null) return;
    this.#video.play().catch((error: unknown) => {
      if (error instanceof DOMException && error.name === "NotAllowedError") this.#handleBlocked(this.#video);
    });
  }
}
