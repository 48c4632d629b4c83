import { type ParticipantInfo as LiveKitParticipant, ParticipantInfo_State, type SpeakerInfo } from "@livekit/protocol";
import type { Notifications, ParticipantInfo, TrackInfo } from "@sluice/protocol";
import { participantInfo } from "./infos.js";
import { leaveReason } from "./leave-reason.js";

/** One of the notifications that a roster gives. */
export type RosterChange = {
  [N in RosterChangeName]: { readonly method: N; readonly params: Notifications[N] };
}[RosterChangeName];
type RosterChangeName =
  | "participantJoined"
  | "participantLeft"
  | "participantUpdated"
  | "trackPublished"
  | "trackUnpublished"
  | "trackMuted"
  | "activeSpeakers";

interface Member {
  readonly info: ParticipantInfo;
  readonly version: number;
}

/**
 * Who is in the room and with which tracks. A LiveKit server tells of a participant always as a whole; here it is seen what has
 * changed.
 */
export class Roster {
  /** By participant id; oneself as well. */
  readonly #members = new Map<string, Member>();
  /** Level by participant id, of those who speak. */
  readonly #speakers = new Map<string, number>();

  /** Everybody at the moment of joining. */
  begin(participants: readonly LiveKitParticipant[]): void {
    this.#members.clear();
    this.#speakers.clear();
    for (const participant of participants) this.#set(participant);
  }

  get(participantId: string): ParticipantInfo | undefined {
    return this.#members.get(participantId)?.info;
  }

  participants(): ParticipantInfo[] {
    return [...this.#members.values()].map(({ info }) => info);
  }

  /** Who publishes it; undefined when nobody does. */
  publisherOf(trackId: string): string | undefined {
    return this.participants().find(({ tracks }) => tracks.some((track) => track.trackId === trackId))?.participantId;
  }

  /** Of a `ParticipantUpdate`. */
  handleUpdate(participants: readonly LiveKitParticipant[]): RosterChange[] {
    return participants.flatMap((participant) => this.#handle(participant));
  }

  /** Deltas: who is not named goes on as before. */
  handleSpeakers(speakers: readonly SpeakerInfo[]): RosterChange {
    for (const { sid, level, active } of speakers) {
      if (active) this.#speakers.set(sid, level);
      else this.#speakers.delete(sid);
    }
    const sorted = [...this.#speakers].sort(([, a], [, b]) => b - a);
    const params = { speakers: sorted.map(([participantId, level]) => ({ participantId, level })) };
    return { method: "activeSpeakers", params };
  }

  #handle(participant: LiveKitParticipant): RosterChange[] {
    const before = this.#members.get(participant.sid);
    if (participant.state === ParticipantInfo_State.DISCONNECTED) {
      return before === undefined ? [] : [this.#remove(before.info, participant)];
    }
    // Updates of one participant may cross each other on their way.
    if (before !== undefined && participant.version < before.version) return [];
    const after = this.#set(participant);
    if (before !== undefined) return changes(before.info, after);
    const replaced = this.participants().filter(({ identity, participantId }) => {
      return identity === after.identity && participantId !== after.participantId;
    });
    return [
      ...replaced.map((info) => this.#remove(info, undefined)),
      { method: "participantJoined", params: { participant: after } },
    ];
  }

  #set(participant: LiveKitParticipant): ParticipantInfo {
    const info = participantInfo(participant);
    this.#members.set(info.participantId, { info, version: participant.version });
    return info;
  }

  #remove({ participantId, identity }: ParticipantInfo, last: LiveKitParticipant | undefined): RosterChange {
    this.#members.delete(participantId);
    this.#speakers.delete(participantId);
    const reason = last === undefined ? "duplicateIdentity" : leaveReason(last.disconnectReason);
    return { method: "participantLeft", params: { participantId, identity, reason } };
  }
}

function changes(before: ParticipantInfo, after: ParticipantInfo): RosterChange[] {
  const { participantId } = after;
  const had = new Map(before.tracks.map((track) => [track.trackId, track]));
  const has = new Set(after.tracks.map(({ trackId }) => trackId));
  const gone = before.tracks.filter(({ trackId }) => !has.has(trackId));
  const isSame = JSON.stringify({ ...before, tracks: [] }) === JSON.stringify({ ...after, tracks: [] });
  return [
    ...gone.map(({ trackId }) => ({ method: "trackUnpublished" as const, params: { participantId, trackId } })),
    ...after.tracks.flatMap((track) => trackChanges(participantId, had.get(track.trackId), track)),
    ...(isSame ? [] : [{ method: "participantUpdated" as const, params: { participant: after } }]),
  ];
}

function trackChanges(participantId: string, before: TrackInfo | undefined, track: TrackInfo): RosterChange[] {
  const { trackId, muted } = track;
  const isSame = before !== undefined && JSON.stringify({ ...before, muted }) === JSON.stringify(track);
  return [
    ...(isSame ? [] : [{ method: "trackPublished" as const, params: { participantId, track } }]),
    ...(before === undefined || before.muted === muted
      ? []
      : [{ method: "trackMuted" as const, params: { participantId, trackId, muted } }]),
  ];
}
