import { element } from "./element.js";
import { icon } from "./icons.js";
import { invitationUrl } from "./page-options.js";

const CONFIRMATION_MS = 2_000;

/** A button that copies the address of the room. */
export function createCopyLink(room: () => string): HTMLButtonElement {
  const label = element("span", { "aria-live": "polite" }, "Copy link");
  const button = element("button", { type: "button", class: "quiet" }, icon("link"), label);
  const confirm = (text: string) => {
    label.textContent = text;
    setTimeout(() => {
      label.textContent = "Copy link";
    }, CONFIRMATION_MS);
  };
  button.onclick = () => {
    const url = invitationUrl(location.href, room());
    // Without https there is no clipboard; then the address is shown to be copied by hand.
    if (navigator.clipboard === undefined) prompt("The link to this room", url);
    else
      navigator.clipboard.writeText(url).then(
        () => confirm("Copied"),
        () => confirm("Not allowed"),
      );
  };
  return button;
}
