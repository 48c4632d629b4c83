import type { DataPacket } from "./packet/data-packet.js";

/** What a participant has sent to everybody else, in the form in which it came; it goes on into the rooms where it is forwarded. */
export type BroadcastData =
  | { readonly type: "plain"; readonly payload: Uint8Array; readonly topic: string; readonly isReliable: boolean }
  /** Of LiveKit's; `sizeBytes`: as it came. */
  | { readonly type: "packet"; readonly packet: DataPacket; readonly sizeBytes: number; readonly isReliable: boolean };
