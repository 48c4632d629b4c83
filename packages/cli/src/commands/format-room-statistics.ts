import type {
  ConnectionQuality,
  ParticipantStats,
  PublishedTrackStats,
  RoomStatistics,
  SubscribedTrackStats,
  TrackInfo,
} from "@sluice/protocol";
import { plainText } from "../terminal/plain-text.js";
import type { Style } from "../terminal/style.js";
import { alignRows, type Cell, cell } from "../terminal/table.js";

/** A track with who sends it. */
interface KnownTrack extends TrackInfo {
  readonly identity: string;
}

/** What `sluice stats` prints: one line for each participant, and below it one for each track it sends and receives. */
export function formatRoomStatistics({ room, participants, statistics }: RoomStatistics, style: Style): string {
  const tracks = new Map<string, KnownTrack>(
    participants.flatMap(({ identity, tracks: own }) => own.map((track) => [track.trackId, { ...track, identity }] as const)),
  );
  const rows = statistics.flatMap((each) => participantRows(each, tracks, style));
  const title = `${style.bold(plainText(room.name))}  ${style.dim(`${room.roomId}, ${count(participants.length, "participant")}`)}`;
  if (rows.length === 0) return `${title}\n`;
  const header = ["PARTICIPANT", "QUALITY", "RTT", "UP", "LOSS", "DOWN", "LOSS", "CARRIES"].map((text) =>
    cell(text, style.dim),
  );
  return `${title}\n${alignRows([header, ...rows]).join("\n")}\n`;
}

function participantRows(stats: ParticipantStats, tracks: ReadonlyMap<string, KnownTrack>, style: Style): (Cell[] | string)[] {
  const { transport, published, subscribed } = stats;
  const name = cell(plainText(stats.identity), style.bold);
  const own =
    transport === null
      ? [name, cell("no media", style.dim)]
      : [
          name,
          cell(transport.quality, paintOf(style)[transport.quality]),
          cell(transport.roundTripMs === null ? "-" : `${Math.round(transport.roundTripMs)} ms`),
          cell(bitrate(transport.bitrateUpBps)),
          cell(percent(transport.lossUp)),
          cell(bitrate(transport.bitrateDownBps)),
          cell(percent(transport.lossDown)),
          cell(transport.availableDownBps === null ? "-" : bitrate(transport.availableDownBps)),
        ];
  return [
    own,
    ...published.map((track) => `  → ${publishedLine(track, tracks.get(track.trackId))}`),
    ...subscribed.map((track) => `  ← ${subscribedLine(track, tracks.get(track.trackId))}`),
  ];
}

function paintOf({ green, yellow, red }: Style): Readonly<Record<ConnectionQuality, Cell["paint"]>> {
  return { excellent: green, good: (text) => text, poor: yellow, lost: red };
}

function publishedLine(stats: PublishedTrackStats, track: KnownTrack | undefined): string {
  const layers = stats.layers.flatMap(({ rid, bitrateBps, isActive }) =>
    rid === undefined ? [] : [`${plainText(rid)} ${isActive ? bitrate(bitrateBps) : "off"}`],
  );
  return join(
    describe(track, stats.trackId),
    track?.muted === true ? "muted" : bitrate(stats.bitrateBps),
    layers.length > 0 && `(${layers.join(", ")})`,
    count(stats.packets, "packet"),
    stats.lost > 0 && `${stats.lost} lost`,
    `jitter ${Math.round(stats.jitterMs)} ms`,
    track?.kind === "video" && count(stats.keyFrames, "key frame"),
    stats.nacked > 0 && `${stats.nacked} asked again`,
    stats.keyFrameRequests > 0 && `${count(stats.keyFrameRequests, "key frame")} asked`,
  );
}

function subscribedLine(stats: SubscribedTrackStats, track: KnownTrack | undefined): string {
  const { spatialLayer, temporalLayer } = stats;
  const isVideo = track?.kind === "video";
  return join(
    track === undefined ? stats.trackId : `${plainText(track.identity)}: ${describe(track, stats.trackId)}`,
    bitrate(stats.bitrateBps),
    isVideo && (spatialLayer === null ? "nothing sent" : `layer ${spatialLayer}.${temporalLayer ?? 0}`),
    count(stats.packets, "packet"),
    stats.lossRatio > 0 && `${percent(stats.lossRatio)} lost`,
    stats.retransmitted > 0 && `${stats.retransmitted} sent again`,
    stats.layerSwitches > 0 && count(stats.layerSwitches, "layer switch", "es"),
    stats.freezes > 0 && `${count(stats.freezes, "freeze")} of ${(stats.frozenMs / 1000).toFixed(1)} s`,
  );
}

function describe(track: KnownTrack | undefined, trackId: string): string {
  if (track === undefined) return trackId;
  const what = track.source === "unknown" ? track.kind : track.source;
  return track.name === "" || track.name === what ? what : `${what} "${plainText(track.name)}"`;
}

function join(...parts: readonly (string | false)[]): string {
  return parts.filter((part) => part !== false).join("  ");
}

function count(number: number, what: string, plural = "s"): string {
  return `${number} ${what}${number === 1 ? "" : plural}`;
}

function bitrate(bitsPerSecond: number): string {
  if (bitsPerSecond >= 999_500) return `${(bitsPerSecond / 1_000_000).toFixed(1)} Mbit/s`;
  return `${Math.round(bitsPerSecond / 1_000)} kbit/s`;
}

function percent(ratio: number): string {
  return `${(ratio * 100).toFixed(1)} %`;
}
