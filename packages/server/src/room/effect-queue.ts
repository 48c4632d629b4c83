import type { Notification } from "@sluice/protocol";
import type { RoomEffect } from "./effect.js";
import type { Participant } from "./participant.js";
import type { Track } from "./track.js";

/** What a room wants done, in order, until somebody takes it. */
export class EffectQueue {
  #effects: RoomEffect[] = [];

  poll(): readonly RoomEffect[] {
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }

  push(effect: RoomEffect): void {
    this.#effects.push(effect);
  }

  /** Only who is connected can be told; the others learn the state when they resume. Returns how many were told. */
  tell(receivers: readonly Participant[], notification: Notification): number {
    const participantIds: string[] = [];
    for (const { participantId, presence } of receivers) {
      if (presence.type === "connected") participantIds.push(participantId);
    }
    if (participantIds.length > 0) this.push({ type: "notify", participantIds, notification });
    return participantIds.length;
  }

  demandChanged({ kind, trackId }: Track): void {
    if (kind === "video") this.push({ type: "demandChanged", trackId });
  }

  wantedTracksChanged({ participantId }: Participant): void {
    this.push({ type: "wantedTracksChanged", participantId });
  }
}
