import type { ParticipantPermissions } from "@sluice/protocol";
import type { LocalTrack } from "./local-track.js";

/** Ourselves. */
export interface LocalParticipant {
  /** Changes when we had to join anew. */
  readonly participantId: string;
  readonly identity: string;
  readonly name: string;
  readonly metadata: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** What we may do now; undefined before the room was joined. */
  readonly permissions: ParticipantPermissions | undefined;
  readonly tracks: readonly LocalTrack[];
}
