import type { ParticipantStats, PublishedTrackStats, SubscribedTrackStats } from "@sluice/protocol";

/** What the browser says of one of our tracks; what it does not say is absent. */
export interface BrowserTrackStats {
  /** Pixels and frames a second: as encoded (the largest encoding) or as decoded. */
  readonly width?: number;
  readonly height?: number;
  readonly framesPerSecond?: number;
  /** Why the encoder does less than it could: none, cpu, bandwidth or other. Of tracks we send. */
  readonly qualityLimitation?: string;
  /** Of tracks we receive: decoded and then not shown. */
  readonly framesDropped?: number;
  /** Of tracks we receive: how long a sample waits in the jitter buffer on average, ms. */
  readonly jitterBufferMs?: number;
  /** Of audio we receive: share of what was played that had to be made up, 0–1. */
  readonly concealedRatio?: number;
}

/** How our media does: the server's view, and of each track the browser's beside it. */
export interface RoomStats extends Omit<ParticipantStats, "published" | "subscribed"> {
  readonly published: readonly (PublishedTrackStats & { readonly browser?: BrowserTrackStats })[];
  readonly subscribed: readonly (SubscribedTrackStats & { readonly browser?: BrowserTrackStats })[];
}

/** Members of W3C webrtc-stats that are read here; a browser may leave out any. */
interface Stat {
  readonly id?: string;
  readonly type?: string;
  readonly trackIdentifier?: string;
  readonly mediaSourceId?: string;
  readonly frameWidth?: number;
  readonly frameHeight?: number;
  readonly framesPerSecond?: number;
  readonly qualityLimitationReason?: string;
  readonly framesDropped?: number;
  readonly jitterBufferDelay?: number;
  readonly jitterBufferEmittedCount?: number;
  readonly concealedSamples?: number;
  readonly totalSamplesReceived?: number;
}

/** `mediaTrackIds`: the id of the MediaStreamTrack by the server's track id. `report`: what RTCPeerConnection.getStats() gave. */
export function mergeStats(
  server: ParticipantStats,
  report: Iterable<readonly [string, unknown]>,
  mediaTrackIds: ReadonlyMap<string, string>,
): RoomStats {
  const stats = [...report].map(([, stat]) => stat as Stat);
  const received = new Map(
    stats.flatMap((stat) => (stat.type === "inbound-rtp" ? [[stat.trackIdentifier, stat] as const] : [])),
  );
  const sources = new Map(
    stats.flatMap((stat) => (stat.type === "media-source" ? [[stat.trackIdentifier, stat.id] as const] : [])),
  );
  const sent = stats.filter(({ type }) => type === "outbound-rtp");
  return {
    ...server,
    published: server.published.map((track) => {
      const source = sources.get(mediaTrackIds.get(track.trackId) ?? "");
      const encodings = source === undefined ? [] : sent.filter(({ mediaSourceId }) => mediaSourceId === source);
      const [largest] = encodings.sort((a, b) => (b.frameWidth ?? 0) - (a.frameWidth ?? 0));
      return largest === undefined ? track : { ...track, browser: sentStats(largest) };
    }),
    subscribed: server.subscribed.map((track) => {
      const stat = received.get(mediaTrackIds.get(track.trackId) ?? "");
      return stat === undefined ? track : { ...track, browser: receivedStats(stat) };
    }),
  };
}

function sentStats(stat: Stat): BrowserTrackStats {
  return present({ ...pictureStats(stat), qualityLimitation: stat.qualityLimitationReason });
}

function receivedStats(stat: Stat): BrowserTrackStats {
  const { jitterBufferDelay, jitterBufferEmittedCount, concealedSamples, totalSamplesReceived } = stat;
  const delaySeconds = ratio(jitterBufferDelay, jitterBufferEmittedCount);
  return present({
    ...pictureStats(stat),
    framesDropped: stat.framesDropped,
    jitterBufferMs: delaySeconds === undefined ? undefined : delaySeconds * 1000,
    concealedRatio: ratio(concealedSamples, totalSamplesReceived),
  });
}

function pictureStats({ frameWidth, frameHeight, framesPerSecond }: Stat) {
  return { width: frameWidth, height: frameHeight, framesPerSecond };
}

function ratio(part: number | undefined, whole: number | undefined): number | undefined {
  return part === undefined || whole === undefined || whole === 0 ? undefined : part / whole;
}

function present(stats: { readonly [K in keyof BrowserTrackStats]: BrowserTrackStats[K] | undefined }): BrowserTrackStats {
  return Object.fromEntries(Object.entries(stats).filter(([, value]) => value !== undefined));
}
