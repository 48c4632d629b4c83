import type { JoinOptions } from "../room/room-options.js";
import type { MediaForm } from "./media-form.js";

/** In which form a participant's data channels carry messages: our own envelope, or LiveKit's DataPacket. */
export type DataFormat = "sluice" | "livekit";

/** How somebody comes into a room: what the JSON-RPC door's `join` says, and what other doors say besides. */
export interface JoinParameters extends JoinOptions, MediaForm {
  /** Default "sluice". */
  readonly dataFormat?: DataFormat;
}
