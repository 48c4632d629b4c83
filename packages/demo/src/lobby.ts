import { createCopyLink } from "./copy-link.js";
import { element } from "./element.js";
import { logo } from "./icons.js";
import { LevelMeter } from "./level-meter.js";
import { type LocalSource, openPicture, openSound } from "./local-source.js";
import type { PageOptions } from "./page-options.js";
import { SourcePicker } from "./source-picker.js";

/** What one brings to a room. */
export interface Entry {
  readonly room: string;
  readonly name: string;
  readonly picture: LocalSource | undefined;
  readonly pictureOn: boolean;
  readonly sound: LocalSource | undefined;
  readonly soundOn: boolean;
}

const NAME_KEY = "sluice.name";

/** Before the room: a look at oneself, a name, and a button. */
export class Lobby {
  readonly node: HTMLElement;
  readonly #name = element("input", {
    name: "name",
    required: true,
    maxlength: "60",
    autocomplete: "nickname",
    placeholder: "Ada",
  });
  readonly #room = element("input", {
    name: "room",
    required: true,
    maxlength: "60",
    autocomplete: "off",
    spellcheck: "false",
  });
  readonly #button = element("button", { type: "submit", class: "primary" }, "Join");
  readonly #error = element("p", { class: "error", role: "alert" });
  readonly #note = element("p", { class: "note", role: "status" });
  readonly #preview = element("video", { autoplay: true, playsinline: true });
  readonly #frame = element("div", { class: "preview" });
  readonly #meter = new LevelMeter();
  readonly #picture: SourcePicker;
  readonly #sound: SourcePicker;
  readonly #options: PageOptions;
  readonly #enter: (entry: Entry) => Promise<void>;

  constructor(options: PageOptions, enter: (entry: Entry) => Promise<void>) {
    this.#options = options;
    this.#enter = enter;
    this.#room.value = options.room;
    this.#name.value = options.identity ?? localStorage.getItem(NAME_KEY) ?? "";
    this.#room.readOnly = options.token !== undefined;
    this.#name.readOnly = options.token !== undefined && options.identity !== undefined;
    this.#preview.muted = true;
    const handleChange = () => this.#show();
    this.#sound = new SourcePicker({
      label: "Mic",
      deviceKind: "audioinput",
      syntheticLabel: "Test tone",
      on: "microphone",
      off: "microphoneOff",
      open: (choice) => openSound(choice, this.#displayName()),
      handleChange,
    });
    this.#picture = new SourcePicker({
      label: "Camera",
      deviceKind: "videoinput",
      syntheticLabel: "Test picture",
      on: "camera",
      off: "cameraOff",
      open: (choice) => openPicture(choice, () => this.#displayName()),
      handleChange,
    });
    const switches = element("div", { class: "switches" }, this.#sound.toggle.node, this.#picture.toggle.node);
    this.#frame.append(this.#preview, element("span", { class: "camera-off" }, "Camera is off"), this.#meter.node, switches);
    const form = element(
      "form",
      {},
      element("h1", {}, "Ready to join?"),
      element("label", { class: "field" }, element("span", {}, "Your name"), this.#name),
      element("label", { class: "field" }, element("span", {}, "Room"), this.#room),
      element("div", { class: "pair" }, this.#sound.field, this.#picture.field),
      this.#error,
      element(
        "div",
        { class: "actions" },
        this.#button,
        createCopyLink(() => this.#room.value.trim() || "demo"),
      ),
    );
    form.onsubmit = (event) => {
      event.preventDefault();
      this.submit().catch(console.warn);
    };
    this.node = element(
      "main",
      { class: "lobby" },
      element("header", {}, logo(), element("span", { class: "brand" }, "Sluice")),
      element("div", { class: "columns" }, element("div", { class: "look" }, this.#frame, this.#note), form),
    );
  }

  /** Asks for camera and microphone. */
  async open(): Promise<void> {
    const choice = this.#options.synthetic ? ({ type: "synthetic" } as const) : ({ type: "device" } as const);
    await Promise.all([this.#sound.choose(choice), this.#picture.choose(choice)]);
    navigator.mediaDevices?.addEventListener("devicechange", this.#refreshLists);
  }

  focus(): void {
    (this.#name.value === "" ? this.#name : this.#button).focus();
  }

  async submit(): Promise<void> {
    this.#button.disabled = true;
    this.#button.textContent = "Joining…";
    this.#error.textContent = "";
    const name = this.#displayName();
    const entry: Entry = {
      room: this.#room.value.trim(),
      name,
      picture: this.#picture.source,
      pictureOn: this.#picture.isOn,
      sound: this.#sound.source,
      soundOn: this.#sound.isOn,
    };
    try {
      await this.#enter(entry);
      if (this.#options.identity === undefined) localStorage.setItem(NAME_KEY, name);
      // The room has them now.
      this.#picture.take();
      this.#sound.take();
    } catch (error) {
      this.#error.textContent = error instanceof Error ? error.message : String(error);
    } finally {
      this.#button.disabled = false;
      this.#button.textContent = "Join";
    }
  }

  close(): void {
    navigator.mediaDevices?.removeEventListener("devicechange", this.#refreshLists);
    this.#meter.close();
    this.#preview.srcObject = null;
    this.node.remove();
  }

  readonly #refreshLists = (): void => {
    Promise.all([this.#picture.refreshList(), this.#sound.refreshList()]).catch(console.warn);
  };

  #displayName(): string {
    return this.#name.value.trim() || "Guest";
  }

  #show(): void {
    const picture = this.#picture.source;
    const sound = this.#sound.source;
    if (picture !== undefined) this.#preview.srcObject = new MediaStream([picture.track]);
    this.#frame.classList.toggle("off", !this.#picture.isOn);
    this.#frame.classList.toggle("mirrored", picture?.type === "device");
    if (sound?.type === "device" && this.#sound.isOn) this.#meter.show(sound.track);
    else this.#meter.close();
    this.#meter.node.hidden = sound?.type !== "device" || !this.#sound.isOn;
    this.#note.textContent = noteFor(picture, sound);
  }
}

/** Says what others get instead of a camera and a microphone, and why. */
function noteFor(picture: LocalSource | undefined, sound: LocalSource | undefined): string {
  const substitutes = [picture?.type === "synthetic" && "a test picture", sound?.type === "synthetic" && "a quiet tone"];
  const others = `others get ${substitutes.filter(Boolean).join(" and ")}.`;
  if (!substitutes.some(Boolean)) return "";
  const reasons = [picture?.note, sound?.note].filter((note) => note !== undefined);
  const sentence = reasons.length === 0 ? others : `${reasons.join(" and ")}, so ${others}`;
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}
