import type { Room } from "@sluice/sdk";
import type { Page } from "playwright-core";
import { until } from "./until.js";

declare global {
  interface Window {
    /** The demo page puts it there. */
    sluiceRoom?: Room;
  }
}

/** As much of RTCInboundRtpStreamStats as the tests look at. */
export interface ReceivedTrack {
  readonly kind: "audio" | "video";
  readonly ssrc: number;
  /** "video/VP8". */
  readonly codec: string;
  readonly packetsReceived: number;
  readonly packetsLost: number;
  readonly framesDecoded: number;
  readonly totalAudioEnergy: number;
  /** NTP time of what is played now, ms; absent before the first sender report. */
  readonly estimatedPlayoutTimestamp?: number;
}

/** The demo page in a room. */
export class DemoPage {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  /** What is received now, by the browser's own statistics. */
  received(): Promise<ReceivedTrack[]> {
    return this.page.evaluate(async () => {
      const report = await window.sluiceRoom?.getPeerConnectionStats();
      const stats = [...(report?.values() ?? [])];
      const codecs = new Map(stats.filter(({ type }) => type === "codec").map(({ id, mimeType }) => [id, mimeType]));
      return stats
        .filter(({ type }) => type === "inbound-rtp")
        .map((stream) => ({
          framesDecoded: 0,
          totalAudioEnergy: 0,
          ...stream,
          codec: codecs.get(stream.codecId),
        }));
    });
  }

  /** Of all that is received now. */
  async packetsLost(): Promise<number> {
    return (await this.received()).reduce((sum, { packetsLost }) => sum + packetsLost, 0);
  }

  /** Waits until one track of each kind plays and goes on playing; what it was at the start and at the end of that. */
  async playing(isEnough: (tracks: readonly ReceivedTrack[]) => boolean = hasPictureAndSound): Promise<ReceivedTrack[]> {
    let latest: ReceivedTrack[] = [];
    return until(
      "picture and sound",
      20_000,
      async () => {
        latest = await this.received();
        return isEnough(latest) && latest;
      },
      () => latest,
    );
  }

  /** Names under the tiles, ours included. */
  tileLabels(): Promise<string[]> {
    return this.page
      .locator("figure.tile:not([hidden])")
      .evaluateAll((tiles) => tiles.map((tile) => tile.getAttribute("aria-label") ?? ""));
  }

  /** Waits for a tile with this name. */
  async tileShows(label: string): Promise<void> {
    await until(
      `tile "${label}"`,
      5_000,
      async () => (await this.tileLabels()).includes(label),
      () => this.tileLabels(),
    );
  }

  press(button: string): Promise<void> {
    return this.page.getByRole("button", { name: button }).click();
  }
}

const MIN_FRAMES = 20;
/** As the W3C counts it; the demo's soft tone makes 0.0006 a second, silence a hundredth of that. */
const MIN_AUDIO_ENERGY = 0.000_5;

/** Frames were decoded for about a second, and what was heard was not silence. */
export function hasPictureAndSound(tracks: readonly ReceivedTrack[]): boolean {
  return (
    tracks.some(({ kind, framesDecoded }) => kind === "video" && framesDecoded >= MIN_FRAMES) &&
    tracks.some(({ kind, totalAudioEnergy }) => kind === "audio" && totalAudioEnergy >= MIN_AUDIO_ENERGY)
  );
}
