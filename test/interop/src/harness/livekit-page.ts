import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Room, RoomConnectOptions, RoomOptions } from "livekit-client";
import type { Page } from "playwright-core";
import type { Impairment } from "./impairment.js";
import { redirectCandidates } from "./redirected-candidates.js";
import { until } from "./until.js";

type LiveKit = typeof import("livekit-client");

/** Something that the room told its application. */
export interface SeenEvent {
  readonly name: string;
  /** What of its arguments is plain, or the sid or identity of what is not. */
  readonly args: readonly unknown[];
}

declare global {
  interface Window {
    LivekitClient: LiveKit;
    livekitRoom: Room;
    livekitEvents: SeenEvent[];
  }
}

/** Nothing but plain values: it goes into the page as JSON. */
export interface LiveKitJoinOptions {
  readonly room?: RoomOptions;
  readonly connect?: RoomConnectOptions;
  /** Media and data are encrypted from end to end, with a key made of this. */
  readonly passphrase?: string;
}

export interface VideoToPublish {
  readonly width: number;
  readonly height: number;
  readonly codec: "vp8" | "h264" | "vp9" | "av1";
  /** Default true. */
  readonly simulcast?: boolean;
  readonly scalabilityMode?: string;
}

/** As much of RTCInboundRtpStreamStats as the tests look at. */
export interface ReceivedMedia {
  readonly framesDecoded: number;
  readonly frameHeight: number;
  readonly packetsReceived: number;
  readonly totalAudioEnergy: number;
  /** "video/VP8". */
  readonly codec: string;
}

const { resolve } = createRequire(import.meta.url);
const CLIENT = resolve("livekit-client");
const ENCRYPTION_WORKER = resolve("livekit-client/e2ee-worker");

/** A page with livekit-client in a room, as its package has it. */
export class LiveKitPage {
  readonly page: Page;

  private constructor(page: Page) {
    this.page = page;
  }

  /** Loads the client; {@link connect} joins. `impairment`: the network between the client and the node's media. */
  static async open(page: Page, url: string, impairment?: Impairment): Promise<LiveKitPage> {
    if (impairment !== undefined) await redirectCandidates(page, impairment);
    // Any document of the node's will do; one that a test makes up would not count as local, and reach no loopback address.
    await page.goto(`${url}/style.css`);
    await page.addScriptTag({ content: readFileSync(CLIENT, "utf8") });
    return new LiveKitPage(page);
  }

  /** Resolves when the room is connected, rejects as the client's own promise does. */
  async connect(url: string, token: string, options: LiveKitJoinOptions = {}): Promise<void> {
    const workerSource = options.passphrase === undefined ? "" : readFileSync(ENCRYPTION_WORKER, "utf8");
    await this.page.evaluate(
      async ([webSocketUrl, accessToken, json, workerCode]) => {
        const { ExternalE2EEKeyProvider, Room, RoomEvent } = window.LivekitClient;
        const { room = {}, connect = {}, passphrase } = JSON.parse(json) as LiveKitJoinOptions;
        const keyProvider = new ExternalE2EEKeyProvider();
        if (passphrase !== undefined) {
          const worker = new Worker(URL.createObjectURL(new Blob([workerCode])));
          room.encryption = { keyProvider, worker };
          await keyProvider.setKey(passphrase);
        }
        const joined = new Room(room);
        window.livekitRoom = joined;
        window.livekitEvents = [];
        const plain = (value: unknown): unknown => {
          if (typeof value !== "object" || value === null) return value;
          const { identity, trackSid, sid } = value as Record<string, unknown>;
          return (
            identity ??
            trackSid ??
            sid ??
            (Array.isArray(value) ? value.map(plain) : value instanceof Uint8Array ? [...value] : "object")
          );
        };
        for (const name of Object.values(RoomEvent)) {
          joined.on(name, (...args: unknown[]) => window.livekitEvents.push({ name, args: args.map(plain) }));
        }
        if (passphrase !== undefined) await joined.setE2EEEnabled(true);
        await joined.connect(webSocketUrl, accessToken, connect);
      },
      [url.replace(/^http/, "ws"), token, JSON.stringify(options), workerSource] as const,
    );
  }

  events(name?: string): Promise<SeenEvent[]> {
    return this.page.evaluate(
      (wanted) => window.livekitEvents.filter((event) => wanted === undefined || event.name === wanted),
      name,
    );
  }

  /** Waits for an event of this name, the first one that `isIt`. */
  async saw(name: string, isIt: (event: SeenEvent) => boolean = () => true, timeoutMs = 10_000): Promise<SeenEvent> {
    return until(
      `${name} at the page`,
      timeoutMs,
      async () => (await this.events(name)).find(isIt),
      async () => (await this.events()).map((event) => `${event.name} ${JSON.stringify(event.args)}`),
    );
  }

  /** Publishes the browser's made-up camera; returns the track's sid. */
  publishVideo(options: VideoToPublish): Promise<string> {
    return this.page.evaluate(async ({ width, height, codec, scalabilityMode, simulcast = true }) => {
      const { createLocalVideoTrack, Track } = window.LivekitClient;
      const track = await createLocalVideoTrack({ resolution: { width, height, frameRate: 15 } });
      const publication = await window.livekitRoom.localParticipant.publishTrack(track, {
        source: Track.Source.Camera,
        videoCodec: codec,
        simulcast,
        backupCodec: false,
        // A busy machine costs frames, not layers.
        degradationPreference: "maintain-resolution",
        ...(scalabilityMode === undefined ? {} : { scalabilityMode: scalabilityMode as "L3T3_KEY" }),
      });
      return publication.trackSid;
    }, options);
  }

  /** Publishes a tone that goes on; returns the track's sid. */
  publishAudio(): Promise<string> {
    return this.page.evaluate(async () => {
      const context = new AudioContext();
      const [tone, gain, out] = [context.createOscillator(), context.createGain(), context.createMediaStreamDestination()];
      gain.gain.value = 0.3;
      tone.connect(gain).connect(out);
      tone.start();
      const [track] = out.stream.getAudioTracks();
      if (track === undefined) throw new Error("no tone to publish");
      const { localParticipant } = window.livekitRoom;
      return (await localParticipant.publishTrack(track, { source: window.LivekitClient.Track.Source.Microphone })).trackSid;
    });
  }

  /** Shows a track of somebody else in an element of this size. */
  async attach(trackSid: string, width = 640, height = 360): Promise<void> {
    await until(`track ${trackSid} to attach`, 15_000, () =>
      this.page.evaluate(
        ([sid, elementWidth, elementHeight]) => {
          for (const participant of window.livekitRoom.remoteParticipants.values()) {
            const track = participant.trackPublications.get(sid)?.track;
            if (track === undefined) continue;
            const element = track.attach();
            element.id = sid;
            // Where it can be seen: who looks at a document of text has to scroll to its end.
            element.style.position = "fixed";
            element.style.inset = "0 auto auto 0";
            element.style.width = `${elementWidth}px`;
            element.style.height = `${elementHeight}px`;
            document.body.append(element);
            return true;
          }
          return false;
        },
        [trackSid, width, height] as const,
      ),
    );
  }

  /** What is received of one track now, by the browser's own statistics; undefined while it is not subscribed. */
  received(trackSid: string): Promise<ReceivedMedia | undefined> {
    return this.page.evaluate(async (sid) => {
      for (const participant of window.livekitRoom.remoteParticipants.values()) {
        const track = participant.trackPublications.get(sid)?.track;
        const report = [...((await track?.getRTCStatsReport())?.values() ?? [])];
        const stream = report.find(({ type }) => type === "inbound-rtp");
        if (stream === undefined) continue;
        const codec: string = report.find(({ id }) => id === stream.codecId)?.mimeType ?? "";
        const { framesDecoded = 0, frameHeight = 0, packetsReceived = 0, totalAudioEnergy = 0 } = stream;
        return { framesDecoded, frameHeight, packetsReceived, totalAudioEnergy, codec };
      }
      return undefined;
    }, trackSid);
  }

  /** Waits until so many more pictures of the track were decoded. */
  async plays(trackSid: string, frames = 10, timeoutMs = 20_000): Promise<ReceivedMedia> {
    let latest: ReceivedMedia | undefined;
    const before = (await this.received(trackSid))?.framesDecoded ?? 0;
    return until(
      `${frames} more pictures of ${trackSid}`,
      timeoutMs,
      async () => {
        latest = await this.received(trackSid);
        return latest !== undefined && latest.framesDecoded >= before + frames && latest;
      },
      () => latest,
    );
  }

  close(): Promise<void> {
    return this.page.context().close();
  }
}
