import type { Room } from "@livekit/protocol";
import { plainText } from "../../terminal/plain-text.js";
import type { Style } from "../../terminal/style.js";
import { alignRows, cell } from "../../terminal/table.js";

/** A table, one line for each room. `nowMs`: Unix time. */
export function formatRooms(rooms: readonly Room[], { bold, dim }: Style, width: number, nowMs: number): string {
  if (rooms.length === 0) return "no rooms\n";
  const header = ["ROOM", "ID", "PARTICIPANTS", "PUBLISHERS", "AGE", "METADATA"].map((text) => cell(text, dim));
  const rows = rooms.map(({ name, sid, numParticipants, numPublishers, maxParticipants, creationTime, metadata }) => [
    cell(plainText(name), bold),
    cell(plainText(sid)),
    cell(maxParticipants === 0 ? `${numParticipants}` : `${numParticipants} of ${maxParticipants}`),
    cell(String(numPublishers)),
    cell(age(Number(creationTime), nowMs)),
    cell(plainText(metadata), dim),
  ]);
  return `${alignRows([header, ...rows], width).join("\n")}\n`;
}

/** "12s", "5m", "3h" or "2d" since a Unix time in seconds; "-" when that is unknown. */
export function age(sinceSeconds: number, nowMs: number): string {
  if (sinceSeconds === 0) return "-";
  const seconds = Math.max(0, Math.floor(nowMs / 1_000) - sinceSeconds);
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)}m`;
  return seconds < 86_400 ? `${Math.floor(seconds / 3_600)}h` : `${Math.floor(seconds / 86_400)}d`;
}
