import { element } from "./element.js";
import { type IconName, icon } from "./icons.js";

export interface ControlButtonOptions {
  readonly label: string;
  readonly on: IconName;
  /** Shown when it is switched off. */
  readonly off?: IconName;
  /** A single letter. */
  readonly key?: string;
  readonly tone?: "danger";
  readonly press: () => void;
}

/** A big round button with its name below. */
export class ControlButton {
  readonly node: HTMLButtonElement;
  readonly key: string | undefined;
  readonly #options: ControlButtonOptions;
  readonly #face = element("span", { class: "face" });

  constructor(options: ControlButtonOptions) {
    const { label, key, tone, on, press } = options;
    this.#options = options;
    this.key = key;
    this.#face.append(icon(on));
    this.node = element("button", { type: "button", class: `control ${tone ?? ""}` }, this.#face, element("span", {}, label));
    if (key !== undefined) {
      this.node.setAttribute("aria-keyshortcuts", key.toUpperCase());
      this.node.title = `${label} (${key.toUpperCase()})`;
    }
    this.node.onclick = press;
  }

  /** For a switch: whether it is on. `accented` draws the eye to it while it is. */
  setOn(isOn: boolean, accented = false): void {
    const { on, off } = this.#options;
    this.#face.replaceChildren(icon(isOn ? on : (off ?? on)));
    this.node.setAttribute("aria-pressed", String(isOn));
    this.node.classList.toggle("off", !isOn && off !== undefined);
    this.node.classList.toggle("accented", isOn && accented);
  }

  setBusy(isBusy: boolean): void {
    this.node.disabled = isBusy;
  }
}
