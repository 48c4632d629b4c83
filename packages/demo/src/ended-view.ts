import type { LeaveReason } from "@sluice/sdk";
import { element } from "./element.js";
import { logo } from "./icons.js";

const TEXTS: Readonly<Record<LeaveReason, readonly [title: string, text: string]>> = {
  clientLeft: ["You left the room", "See you."],
  connectionLost: ["The connection is lost", "The server could not be reached for a minute."],
  duplicateIdentity: ["You joined from elsewhere", "Somebody with the same identity entered this room."],
  removed: ["You were removed", "Somebody who may do that asked you to leave."],
  roomClosed: ["The room was closed", "There is nobody left in it."],
  roomDeleted: ["The room was closed", "Somebody who may do that has ended it."],
  tokenExpired: ["Your invitation has expired", "Ask for a new link."],
  nodeShutdown: ["The server is going down", "It should be back in a moment."],
  joinFailed: ["No connection came about", "Sound and picture found no way to the server."],
  stateMismatch: ["The connection is lost", "Join again to get everything back."],
  moved: ["You were moved", "You are in another room now."],
};

/** After the room: why, and the way back. */
export function createEndedView(reason: LeaveReason, rejoin: () => void): HTMLElement {
  const [title, text] = TEXTS[reason];
  const button = element("button", { type: "button", class: "primary" }, "Join again");
  button.onclick = rejoin;
  return element("main", { class: "ended" }, logo(), element("h1", {}, title), element("p", {}, text), button);
}
