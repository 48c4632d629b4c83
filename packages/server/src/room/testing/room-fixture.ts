/** What the tests of the room have in common. */
import assert from "node:assert/strict";
import { instant } from "@sluice/media";
import { type ErrorCode, type Notification, SluiceError, type VideoGrant } from "@sluice/protocol";
import type { RoomEffect } from "../effect.js";
import type { OutgoingData } from "../outgoing-data.js";
import { Room } from "../room.js";
import { DEFAULT_ROOM_SETTINGS } from "../room-settings.js";

export const t0 = instant(0);

/** What a test of something else does not care about. */
export const ROOM_DEFAULTS = { createdAtMs: 0, resumeTimeoutMs: 15_000, settings: DEFAULT_ROOM_SETTINGS };

export function createRoom(limits: { readonly maxParticipants?: number; readonly maxTracks?: number } = {}): Room {
  let next = 0;
  const randomId = (prefix: string) => `${prefix}${++next}`;
  return new Room({ name: "demo", randomId, maxParticipants: 10, maxTracks: 3, ...ROOM_DEFAULTS, ...limits });
}

export const claims = (identity: string, grant: VideoGrant = {}) => {
  return { iss: "key", sub: identity, exp: 1, video: { room: "demo", roomJoin: true, ...grant } };
};

export function join(
  room: Room,
  identity: string,
  grant?: VideoGrant,
  params: { autoSubscribe?: boolean; resume?: string } = {},
) {
  return room.join(claims(identity, grant), params, 0);
}

/** Joins and returns the participant's id; what others were told about it is of no interest. */
export function enter(room: Room, identity: string, grant?: VideoGrant, params?: { autoSubscribe?: boolean }): string {
  const { participantId } = join(room, identity, grant, params).participant;
  room.pollEffects();
  return participantId;
}

export function publish(
  room: Room,
  participantId: string,
  kind: "audio" | "video" = "video",
  cid = `${kind} of ${participantId}`,
): string {
  return room.publish(participantId, { cid, kind }).trackId;
}

/** Who was told what since the last look: "PA_2: participantLeft". */
export function told(effects: readonly RoomEffect[]): string[] {
  return effects.flatMap((effect) =>
    effect.type === "notify" ? effect.participantIds.map((id) => `${id}: ${effect.notification.method}`) : [],
  );
}

export function notifications(effects: readonly RoomEffect[]): Notification[] {
  return effects.flatMap((effect) => (effect.type === "notify" ? effect.notification : []));
}

export const wants = (room: Room, participantId: string) =>
  [...room.subscriptionsOf(participantId)].map(({ track }) => track.trackId);

export function refuses(code: ErrorCode, run: () => unknown): void {
  assert.throws(run, (error) => error instanceof SluiceError && error.code === code);
}

export const data = (outgoing: Partial<OutgoingData> = {}): OutgoingData => ({ sizeBytes: 0, ...outgoing });
