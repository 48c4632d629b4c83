import type { PublishOptions, Room } from "@sluice/sdk";
import type { Page } from "playwright-core";
import { type CountedFrame, type CounterOptions, drawCounter, watchCounter } from "./frame-counter.js";
import type { Impairment } from "./impairment.js";
import { redirectCandidates } from "./redirected-candidates.js";
import { until } from "./until.js";

declare global {
  interface Window {
    sluiceRoom?: Room;
  }
}

export interface JoinOptions {
  /** Default true. */
  readonly autoSubscribe?: boolean;
  /** The network between the client and the node. Default: the loopback as it is. */
  readonly impairment?: Impairment;
}

/** One encoding of video that a page's browser sends (RTCOutboundRtpStreamStats). */
export interface SentVideo {
  readonly rid?: string;
  readonly isActive: boolean;
  /** Of the last frame encoded, 0 before the first. */
  readonly height: number;
  readonly framesSent: number;
  /** Why the browser sends less than it was told to. */
  readonly limitation?: string;
}

/** A page without anything of the demo's: our SDK in a room, and what a test does with it. */
export class ClientPage {
  readonly page: Page;

  private constructor(page: Page) {
    this.page = page;
  }

  /** Joins with a token of the node's --dev key. */
  static async join(
    page: Page,
    url: string,
    token: string,
    { autoSubscribe = true, impairment }: JoinOptions,
  ): Promise<ClientPage> {
    if (impairment !== undefined) await redirectCandidates(page, impairment);
    // Any document of the node's will do; one that a test makes up would not count as local, and reach no loopback address.
    await page.goto(`${url}/style.css`);
    await page.evaluate(
      async ([accessToken, isAuto]) => {
        const map = document.createElement("script");
        map.type = "importmap";
        map.text = '{"imports":{"@sluice/protocol":"/protocol/index.js","@sluice/sdk":"/sdk/index.js"}}';
        document.head.append(map);
        const { connect } = await import("@sluice/sdk");
        window.sluiceRoom = await connect(location.origin, accessToken, { autoSubscribe: isAuto });
      },
      [token, autoSubscribe] as const,
    );
    return new ClientPage(page);
  }

  /** Publishes a picture that counts; returns its track id. */
  async publishCounter(counter: CounterOptions, options: PublishOptions): Promise<string> {
    await this.page.evaluate(`window.sluiceDraw = ${drawCounter.toString()}`);
    return this.page.evaluate(
      async ([counterOptions, publishOptions]) => {
        const draw = (window as unknown as { sluiceDraw: typeof drawCounter }).sluiceDraw;
        const track = await window.sluiceRoom?.publish(draw(counterOptions), publishOptions);
        return track?.trackId ?? "";
      },
      [counter, options] as const,
    );
  }

  /** Notes what is seen of the track from now on; waits until the track is there. */
  async watchCounter(trackId: string): Promise<void> {
    await this.page.evaluate(`window.sluiceWatch = ${watchCounter.toString()}`);
    await until(`track ${trackId}`, 10_000, () =>
      this.page.evaluate((id) => {
        const watch = (window as unknown as { sluiceWatch: typeof watchCounter }).sluiceWatch;
        for (const participant of window.sluiceRoom?.participants ?? []) {
          const media = participant.tracks.get(id)?.mediaStreamTrack;
          if (media === undefined) continue;
          watch(media);
          return true;
        }
        return false;
      }, trackId),
    );
  }

  /** At most these layers of the track from now on. */
  setLayers(trackId: string, maxSpatialLayer: number, maxTemporalLayer: number): Promise<void> {
    return this.page.evaluate(
      ([id, spatial, temporal]) => window.sluiceRoom?.setLayers(id, { maxSpatialLayer: spatial, maxTemporalLayer: temporal }),
      [trackId, maxSpatialLayer, maxTemporalLayer] as const,
    );
  }

  /** Subscribes to the track, waits for its first picture and unsubscribes again; ms from the one to the other. */
  timeToFirstFrame(trackId: string, timeoutMs = 5000): Promise<number> {
    return this.page.evaluate(
      async ([id, limitMs]) => {
        const room = window.sluiceRoom;
        if (room === undefined) throw new Error("not in a room");
        const video = document.createElement("video");
        video.muted = true;
        video.autoplay = true;
        document.body.append(video);
        const started = performance.now();
        const shown = new Promise<number>((resolve, reject) => {
          setTimeout(() => reject(new Error(`no frame of ${id} within ${limitMs} ms`)), limitMs);
          video.requestVideoFrameCallback(() => resolve(performance.now() - started));
        });
        const stop = room.on("trackSubscribed", ({ trackId: subscribed }, media) => {
          if (subscribed === id) video.srcObject = new MediaStream([media]);
        });
        await room.subscribe(id);
        const passedMs = await shown;
        stop();
        video.remove();
        await room.unsubscribe(id);
        return passedMs;
      },
      [trackId, timeoutMs] as const,
    );
  }

  /** Height of the picture that is shown now, 0 before the first; and pictures in the last second. */
  shown(): Promise<{ readonly height: number; readonly framesPerSecond: number }> {
    return this.page.evaluate(() => {
      const { sluiceSeen = [] } = window;
      const since = performance.timeOrigin + performance.now() - 1000;
      const framesPerSecond = sluiceSeen.filter(({ at }) => at > since).length;
      return { height: sluiceSeen.at(-1)?.height ?? 0, framesPerSecond };
    });
  }

  /** Key frames that this page was asked for, in all its encodings (RTCOutboundRtpStreamStats, PLI and FIR). */
  keyFrameRequests(): Promise<number> {
    return this.page.evaluate(async () => {
      let requests = 0;
      for (const stream of (await window.sluiceRoom?.getPeerConnectionStats())?.values() ?? []) {
        if (stream.type === "outbound-rtp") requests += (stream.pliCount ?? 0) + (stream.firCount ?? 0);
      }
      return requests;
    });
  }

  /** Leaves for good. */
  close(): Promise<void> {
    return this.page.context().close();
  }

  /** Video frames that this page's browser has sent, over all encodings the largest, and decoded so far. */
  videoFrames(): Promise<{ readonly sent: number; readonly decoded: number }> {
    return this.page.evaluate(async () => {
      let [sent, decoded] = [0, 0];
      for (const stream of (await window.sluiceRoom?.getPeerConnectionStats())?.values() ?? []) {
        if (stream.type === "outbound-rtp" && stream.kind === "video") sent = Math.max(sent, stream.framesSent ?? 0);
        if (stream.type === "inbound-rtp" && stream.kind === "video") decoded += stream.framesDecoded ?? 0;
      }
      return { sent, decoded };
    });
  }

  /** Bytes of video that this page's browser has received so far. */
  videoBytesReceived(): Promise<number> {
    return this.page.evaluate(async () => {
      let bytes = 0;
      for (const stream of (await window.sluiceRoom?.getPeerConnectionStats())?.values() ?? []) {
        if (stream.type === "inbound-rtp" && stream.kind === "video") bytes += stream.bytesReceived ?? 0;
      }
      return bytes;
    });
  }

  /** Its encodings of video, as its browser tells. */
  sentVideo(): Promise<SentVideo[]> {
    return this.page.evaluate(async () => {
      const sent: SentVideo[] = [];
      for (const stream of (await window.sluiceRoom?.getPeerConnectionStats())?.values() ?? []) {
        if (stream.type !== "outbound-rtp" || stream.kind !== "video") continue;
        const {
          rid,
          active: isActive = true,
          frameHeight: height = 0,
          framesSent = 0,
          qualityLimitationReason: limitation,
        } = stream;
        sent.push({ rid, isActive, height, framesSent, limitation });
      }
      return sent;
    });
  }

  /** What the node counts of its participant's media. */
  ownStats() {
    return this.page.evaluate(() => window.sluiceRoom?.getStats());
  }

  drawn(): Promise<CountedFrame[]> {
    return this.page.evaluate(() => window.sluiceDrawn ?? []);
  }

  seen(): Promise<CountedFrame[]> {
    return this.page.evaluate(() => window.sluiceSeen ?? []);
  }
}
