import type { DoorName } from "@sluice/cli";
import type { MediaKind } from "@sluice/media";
import type { NetworkProfile } from "./network-profile.js";

/** What a guest wants of one of the tracks it receives, as in `setLayers`. */
export interface Wish {
  readonly paused?: boolean;
  readonly width?: number;
  readonly height?: number;
  readonly maxSpatialLayer?: number;
}

/** Something that a guest does, or that happens to it. */
export type Action = { readonly guest: number } & (
  | {
      readonly type: "join";
      readonly door: DoorName;
      readonly room: string;
      readonly publishes: readonly MediaKind[];
      readonly hasData: boolean;
      /** undefined: nothing stands between it and the node's media. */
      readonly network: NetworkProfile | undefined;
    }
  | { readonly type: "leave" }
  /** Without a word, and for good: its socket breaks and its media stops. */
  | { readonly type: "vanish" }
  /** It is thrown out by the server's API. */
  | { readonly type: "kick" }
  | { readonly type: "publish"; readonly kind: MediaKind }
  | { readonly type: "unpublish"; readonly kind: MediaKind }
  | { readonly type: "mute"; readonly kind: MediaKind; readonly isMuted: boolean }
  /** `place`: which of the tracks it receives, modulo how many there are. */
  | { readonly type: "wish"; readonly place: number; readonly wish: Wish }
  | { readonly type: "say"; readonly sizeBytes: number; readonly isReliable: boolean }
  /** Its WebSocket breaks, and cannot be opened for so long. */
  | { readonly type: "cut"; readonly forMs: number }
  /** No media in either direction for so long. */
  | { readonly type: "block"; readonly forMs: number }
  /** Its network becomes another one. */
  | { readonly type: "impair"; readonly network: NetworkProfile }
);

export type ActionType = Action["type"];

/** An action and how long after the one before. */
export interface PlannedAction {
  readonly afterMs: number;
  readonly action: Action;
}
