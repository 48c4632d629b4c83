import {
  type ConnectionQuality,
  type ParticipantStats,
  type PublishedTrackStats,
  SluiceError,
  type SubscribedTrackStats,
  type TransportStats,
} from "@sluice/protocol";
import type { Participant } from "../room/participant.js";
import type { Room } from "../room/room.js";
import { type MeasuredDownstream, type MeasuredUpstream, mediaSamples } from "./media-samples.js";
import type { ParticipantMedia } from "./participant-media.js";
import type { RoomStatistics } from "./room-statistics.js";
import type { SentConsumer } from "./sent-consumer.js";

/** What describes one room's media in numbers. */
export interface StatisticsSources {
  readonly room: Room;
  readonly statistics: RoomStatistics;
  /** At the worker; undefined while the track's publisher sends nothing. */
  producerIdOf(trackId: string): string | undefined;
  /** Whether the publisher of a video has been asked for a picture, long enough for one to be there. */
  isPictureDue(trackId: string): boolean;
}

/** Of each of them. Throws SluiceError `resourceExhausted` when they have more than `maxTracks` tracks, sent and received. */
export function describeParticipants(
  sources: StatisticsSources,
  participants: readonly Participant[],
  media: ReadonlyMap<string, ParticipantMedia>,
  qualityOf: (participantId: string) => ConnectionQuality,
  maxTracks: number,
): ParticipantStats[] {
  let tracks = 0;
  return participants.map(({ participantId, identity }) => {
    const stats = describeParticipant(sources, participantId, identity, media.get(participantId), qualityOf(participantId));
    tracks += 1 + stats.published.length + stats.subscribed.length;
    if (tracks <= maxTracks) return stats;
    throw new SluiceError("resourceExhausted", `the statistics have more than ${maxTracks} tracks: ask for one participant`);
  });
}

/** How one participant's media does (`getStats`). A participant without a media connection has no transport. */
function describeParticipant(
  sources: StatisticsSources,
  participantId: string,
  identity: string,
  media: ParticipantMedia | undefined,
  quality: ConnectionQuality,
): ParticipantStats {
  const sent = media === undefined ? [] : [...(media.receiving?.sent.values() ?? [])];
  const hasTransport = media !== undefined && media.transports.length > 0;
  return {
    participantId,
    identity,
    transport: hasTransport ? describeTransport(sources, media, quality) : null,
    published: [...sources.room.tracksOf(participantId)].map(({ trackId }) => describePublished(sources, trackId)),
    subscribed: sent.flatMap((consumer) => describeSubscribed(sources, consumer) ?? []),
  };
}

/** What the quality of a participant's connection is judged by. */
export function samplesOf(sources: StatisticsSources, media: ParticipantMedia) {
  const { room, statistics } = sources;
  const { participantId, receiving } = media;
  const up: MeasuredUpstream[] = [];
  for (const { trackId, kind, source } of room.tracksOf(participantId)) {
    const measured = statistics.producer(sources.producerIdOf(trackId) ?? "");
    if (measured === undefined) continue;
    up.push({ kind, isPictureDue: source !== "screenShare" && sources.isPictureDue(trackId), measured });
  }
  const down: MeasuredDownstream[] = [];
  for (const { trackId, consumerId, producerId, isPaused } of receiving?.sent.values() ?? []) {
    const measured = statistics.consumer(consumerId);
    const kind = room.track(trackId)?.kind;
    if (measured === undefined || kind === undefined) continue;
    down.push({ kind, isPaused, measured, source: statistics.producer(producerId) });
  }
  return {
    up,
    down,
    samples: mediaSamples(up, down, roundTripMs(sources, media) ?? 0),
  };
}

/** Both Transports of a client with two lead to the same place. */
function roundTripMs({ statistics }: StatisticsSources, { receiving, publishing }: ParticipantMedia): number | null {
  const measured = (transport: ParticipantMedia["receiving"]) =>
    known(statistics.transport(transport?.transportId ?? "")?.row.roundTripMs);
  return measured(receiving) ?? measured(publishing);
}

function describeTransport(sources: StatisticsSources, media: ParticipantMedia, quality: ConnectionQuality): TransportStats {
  const { statistics } = sources;
  const upstream = statistics.transport(media.publishing?.transportId ?? "");
  const downstream = statistics.transport(media.receiving?.transportId ?? "");
  const { up, down } = samplesOf(sources, media);
  const [received, lost] = [sum(up, (each) => each.measured.grown("packets")), sum(up, (each) => each.measured.grown("lost"))];
  const sent = sum(down, (each) => each.measured.grown("packets"));
  const sentLost = sum(down, (each) => each.measured.grown("packets") * each.measured.row.lossRatio);
  return {
    roundTripMs: roundTripMs(sources, media),
    lossUp: lost === 0 ? 0 : lost / (received + lost),
    lossDown: sentLost === 0 ? 0 : sentLost / sent,
    bitrateUpBps: upstream?.bitsPerSecond("bytesReceived") ?? 0,
    bitrateDownBps: downstream?.bitsPerSecond("bytesSent") ?? 0,
    availableDownBps: known(downstream?.row.availableDownBps),
    quality,
  };
}

function describePublished(sources: StatisticsSources, trackId: string): PublishedTrackStats {
  const producerId = sources.producerIdOf(trackId) ?? "";
  const measured = sources.statistics.producer(producerId);
  const layers = (measured?.row.layers ?? []).map(({ id, bitrateBps, isActive }) => {
    return { ...(id === "" ? {} : { rid: id }), bitrateBps, isActive: isActive === 1 };
  });
  return {
    trackId,
    packets: measured?.row.packets ?? 0,
    bytes: measured?.row.bytes ?? 0,
    lost: measured?.row.lost ?? 0,
    jitterMs: measured?.row.jitterMs ?? 0,
    bitrateBps: measured?.bitsPerSecond("bytes") ?? 0,
    layers,
    keyFrames: measured?.row.keyFrames ?? 0,
    nacked: measured?.row.packetsNacked ?? 0,
    keyFrameRequests: measured?.row.keyFrameRequests ?? 0,
  };
}

/** Undefined for one that no reading has mentioned yet, and for a track that is gone. */
function describeSubscribed(
  { room, statistics }: StatisticsSources,
  { trackId, consumerId }: SentConsumer,
): SubscribedTrackStats | undefined {
  const track = room.track(trackId);
  const measured = statistics.consumer(consumerId);
  if (track === undefined || measured === undefined) return undefined;
  const { row } = measured;
  return {
    trackId,
    participantId: track.participantId,
    packets: row.packets,
    bytes: row.bytes,
    bitrateBps: measured.bitsPerSecond("bytes"),
    skipped: row.skipped,
    retransmitted: row.retransmitted,
    lossRatio: row.lossRatio,
    spatialLayer: known(row.spatialLayer),
    temporalLayer: known(row.temporalLayer),
    layerSwitches: row.layerSwitches,
    freezes: row.freezes,
    frozenMs: row.frozenMs,
  };
}

/** NaN says that a value is not known. */
function known(value: number | undefined): number | null {
  return value === undefined || Number.isNaN(value) ? null : value;
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}
