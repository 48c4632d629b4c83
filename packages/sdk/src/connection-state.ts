import type { LeaveReason } from "@sluice/protocol";

/** How the room is connected. `reconnecting` names what is being repaired; while it is `signaling`, media goes on. */
export type ConnectionState =
  | { readonly status: "connecting" }
  | { readonly status: "connected" }
  | { readonly status: "reconnecting"; readonly cause: "signaling" | "media" }
  | { readonly status: "disconnected"; readonly reason: LeaveReason };
