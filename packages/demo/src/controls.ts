import { ControlButton } from "./control-button.js";
import { element } from "./element.js";

export interface ControlsListener {
  toggleMicrophone(): void;
  toggleCamera(): void;
  toggleScreen(): void;
  leave(): void;
}

export interface ControlsState {
  readonly microphone: boolean;
  readonly camera: boolean;
  readonly screen: boolean;
}

/** The bar at the bottom of a room, and its keyboard shortcuts. */
export class Controls {
  readonly node: HTMLElement;
  readonly #microphone: ControlButton;
  readonly #camera: ControlButton;
  readonly #screen: ControlButton;
  readonly #buttons: readonly ControlButton[];

  constructor(listener: ControlsListener) {
    const { toggleMicrophone, toggleCamera, toggleScreen, leave } = listener;
    this.#microphone = new ControlButton({
      label: "Mic",
      on: "microphone",
      off: "microphoneOff",
      key: "m",
      press: toggleMicrophone,
    });
    this.#camera = new ControlButton({ label: "Camera", on: "camera", off: "cameraOff", key: "c", press: toggleCamera });
    this.#screen = new ControlButton({ label: "Share", on: "screen", key: "s", press: toggleScreen });
    const leaveButton = new ControlButton({ label: "Leave", on: "leave", key: "l", tone: "danger", press: leave });
    // Phones cannot share their screen.
    const canShare = navigator.mediaDevices?.getDisplayMedia !== undefined;
    this.#buttons = [this.#microphone, this.#camera, ...(canShare ? [this.#screen] : []), leaveButton];
    this.node = element("nav", { class: "controls", "aria-label": "Controls" }, ...this.#buttons.map((button) => button.node));
    document.addEventListener("keydown", this.#handleKey);
  }

  show({ microphone, camera, screen }: ControlsState): void {
    this.#microphone.setOn(microphone);
    this.#camera.setOn(camera);
    this.#screen.setOn(screen, true);
  }

  close(): void {
    document.removeEventListener("keydown", this.#handleKey);
  }

  readonly #handleKey = (event: KeyboardEvent): void => {
    if (event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
    const button = this.#buttons.find(({ key }) => key === event.key.toLowerCase());
    if (button === undefined || button.node.disabled) return;
    event.preventDefault();
    button.node.click();
  };
}
