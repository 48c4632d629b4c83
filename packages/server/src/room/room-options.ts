import type { Params, ParticipantChanges, ParticipantInfo } from "@sluice/protocol";
import type { ClientDescription } from "./client-description.js";
import type { ParticipantDoor } from "./participant-door.js";
import type { Permissions } from "./permissions.js";
import type { RandomId } from "./random-id.js";
import type { RoomSettings } from "./room-settings.js";

export interface RoomOptions {
  readonly name: string;
  readonly randomId: RandomId;
  /** Unix time in ms. */
  readonly createdAtMs: number;
  /** Of any kind, whatever the settings say. */
  readonly maxParticipants: number;
  /** Per participant. */
  readonly maxTracks: number;
  /** How long a participant whose signaling was lost is kept, ms. */
  readonly resumeTimeoutMs: number;
  readonly settings: RoomSettings;
}

/** How somebody joins. */
export interface JoinOptions extends Params<"join"> {
  readonly client?: ClientDescription;
  /** Default "jsonrpc". */
  readonly door?: ParticipantDoor;
  /** In place of the token's; takes the grant canUpdateOwnMetadata. */
  readonly metadata?: string;
  /** Besides the token's; takes the same. */
  readonly attributes?: Readonly<Record<string, string>>;
}

/** What the server's API may change of a participant. */
export interface ParticipantUpdate extends ParticipantChanges {
  /** In place of what it has; whether it is hidden stays as it was. */
  readonly permissions?: Partial<Permissions>;
}

export interface JoinResult {
  readonly participant: ParticipantInfo;
  /** Everybody else who is not hidden. */
  readonly participants: readonly ParticipantInfo[];
  readonly isResumed: boolean;
}
