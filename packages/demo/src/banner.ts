import type { ConnectionState } from "@sluice/sdk";
import { element } from "./element.js";
import { icon } from "./icons.js";

/** What people must know without being stopped by it. */
export class Banner {
  readonly node = element("div", { class: "banner", role: "status", hidden: true });
  readonly #blocked = new Set<HTMLVideoElement>();

  showState(state: ConnectionState): void {
    if (state.status !== "reconnecting") {
      this.node.hidden = true;
      return;
    }
    const text = state.cause === "signaling" ? "Connection lost. Reconnecting…" : "Picture and sound interrupted. Restoring…";
    this.#show(element("span", { class: "spinner", "aria-hidden": "true" }), text);
  }

  /** The browser plays nothing before the page was touched. */
  showBlocked(video: HTMLVideoElement): void {
    this.#blocked.add(video);
    const button = element("button", { type: "button" }, icon("sound"), "Turn on sound");
    button.onclick = () => {
      this.node.hidden = true;
      for (const blocked of this.#blocked) blocked.play().catch((error: unknown) => console.warn(error));
      this.#blocked.clear();
    };
    this.#show(button);
  }

  #show(...children: (Node | string)[]): void {
    this.node.replaceChildren(...children);
    this.node.hidden = false;
  }
}
