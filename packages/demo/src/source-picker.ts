import { ControlButton } from "./control-button.js";
import { element } from "./element.js";
import type { IconName } from "./icons.js";
import { closeSource, type LocalSource, type SourceChoice } from "./local-source.js";

export interface SourcePickerOptions {
  readonly label: string;
  readonly deviceKind: "videoinput" | "audioinput";
  readonly syntheticLabel: string;
  readonly on: IconName;
  readonly off: IconName;
  readonly open: (choice: SourceChoice) => Promise<LocalSource>;
  /** The source changed, or was switched on or off. */
  readonly handleChange: () => void;
}

const SYNTHETIC = "synthetic";

/** Chooses one source of picture or sound: a switch and a list. */
export class SourcePicker {
  readonly toggle: ControlButton;
  readonly field: HTMLElement;
  readonly #options: SourcePickerOptions;
  readonly #select: HTMLSelectElement;
  #source: LocalSource | undefined;
  #isOn = true;
  /** Which choice was the last: an older one that opens late is closed again. */
  #choices = 0;

  constructor(options: SourcePickerOptions) {
    const { label, on, off } = options;
    this.#options = options;
    this.toggle = new ControlButton({ label, on, off, press: () => this.#setOn(!this.#isOn) });
    this.#select = element("select", { "aria-label": label });
    this.field = element("label", { class: "field" }, element("span", {}, label), this.#select);
    this.#select.onchange = () => {
      const { value } = this.#select;
      this.choose(value === SYNTHETIC ? { type: SYNTHETIC } : { type: "device", deviceId: value }).catch(console.warn);
    };
    this.toggle.setOn(true);
  }

  get source(): LocalSource | undefined {
    return this.#source;
  }

  get isOn(): boolean {
    return this.#isOn;
  }

  async choose(choice: SourceChoice): Promise<void> {
    const number = ++this.#choices;
    closeSource(this.#source);
    this.#source = undefined;
    const source = await this.#options.open(choice);
    if (number !== this.#choices) {
      closeSource(source);
      return;
    }
    this.#source = source;
    source.track.enabled = this.#isOn;
    this.#options.handleChange();
    await this.refreshList();
  }

  /** Devices may come and go, and have names only once one was allowed. */
  async refreshList(): Promise<void> {
    const { deviceKind, syntheticLabel } = this.#options;
    const all = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
    const devices = all.filter(({ kind, deviceId }) => kind === deviceKind && deviceId !== "");
    const entries = devices.map(({ deviceId, label }, index) => ({ value: deviceId, label: label || `Device ${index + 1}` }));
    entries.push({ value: SYNTHETIC, label: syntheticLabel });
    this.#select.replaceChildren(...entries.map(({ value, label }) => element("option", { value }, label)));
    const current = this.#source?.type === "device" ? this.#source.track.getSettings().deviceId : SYNTHETIC;
    this.#select.value = current ?? SYNTHETIC;
  }

  /** Gives the source away: it is no longer ours to close. */
  take(): LocalSource | undefined {
    const source = this.#source;
    this.#source = undefined;
    this.#choices += 1;
    return source;
  }

  #setOn(isOn: boolean): void {
    this.#isOn = isOn;
    if (this.#source !== undefined) this.#source.track.enabled = isOn;
    this.toggle.setOn(isOn);
    this.#options.handleChange();
  }
}
