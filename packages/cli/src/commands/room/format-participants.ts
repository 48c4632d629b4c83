import { type ParticipantInfo, ParticipantInfo_Kind, ParticipantInfo_State, type TrackInfo } from "@livekit/protocol";
import { plainText } from "../../terminal/plain-text.js";
import type { Style } from "../../terminal/style.js";
import { alignRows, type Cell, cell } from "../../terminal/table.js";
import { age } from "./format-rooms.js";
import { sourceName } from "./track-source-name.js";

/** A table: one line for each participant, and below it one for each track. `nowMs`: Unix time. */
export function formatParticipants(
  participants: readonly ParticipantInfo[],
  style: Style,
  width: number,
  nowMs: number,
): string {
  if (participants.length === 0) return "nobody is in this room\n";
  const header = ["IDENTITY", "NAME", "ID", "STATE", "AGE", "METADATA"].map((text) => cell(text, style.dim));
  const rows = participants.flatMap((participant) => [
    participantRow(participant, style, nowMs),
    ...participant.tracks.map(trackLine),
  ]);
  return `${alignRows([header, ...rows], width).join("\n")}\n`;
}

function participantRow(participant: ParticipantInfo, { bold, dim, yellow }: Style, nowMs: number): Cell[] {
  const { identity, name, sid, kind, state, joinedAt, metadata } = participant;
  const states = [
    ParticipantInfo_State[state]?.toLowerCase() ?? String(state),
    kind === ParticipantInfo_Kind.STANDARD ? "" : (ParticipantInfo_Kind[kind]?.toLowerCase() ?? ""),
    participant.permission?.hidden === true ? "hidden" : "",
  ];
  return [
    cell(plainText(identity), bold),
    cell(plainText(name)),
    cell(plainText(sid)),
    cell(states.filter((word) => word !== "").join(", "), state === ParticipantInfo_State.ACTIVE ? undefined : yellow),
    cell(age(Number(joinedAt), nowMs)),
    cell(plainText(metadata), dim),
  ];
}

function trackLine({ sid, source, type, name, mimeType, width, height, simulcast, muted }: TrackInfo): string {
  const parts = [
    `  → ${plainText(sid)}`,
    sourceName(source, type),
    name === "" ? "" : JSON.stringify(plainText(name)),
    plainText(mimeType),
    width > 0 ? `${width}x${height}` : "",
    simulcast ? "simulcast" : "",
    muted ? "muted" : "",
  ];
  return parts.filter((part) => part !== "").join("  ");
}
