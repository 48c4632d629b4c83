import type { RoomOptions } from "livekit-client";
import type { Browser } from "./browser.js";
import type { Impairment } from "./impairment.js";
import { LiveKitPage, type SeenEvent } from "./livekit-page.js";
import { until } from "./until.js";

export interface LiveKitCallOptions {
  readonly browser: Browser;
  /** Of the node. */
  readonly url: string;
  /** Of what the first participant connects to instead. */
  readonly annUrl?: string;
  readonly room: string;
  readonly token: (room: string, identity: string) => Promise<string>;
  readonly roomOptions: RoomOptions;
  /** The network between the first participant and the node's media. */
  readonly impairment?: Impairment;
}

/** Generous: whoever begins anew on a busy machine joins, publishes and negotiates again. */
const RECOVERY_TIMEOUT_MS = 30_000;
const PICTURES = 10;

/** Two pages with livekit-client that send each other a picture, and the first one a tone. */
export class LiveKitCall {
  readonly #options: LiveKitCallOptions;
  #ann: LiveKitPage;
  readonly bob: LiveKitPage;

  private constructor(options: LiveKitCallOptions, ann: LiveKitPage, bob: LiveKitPage) {
    this.#options = options;
    this.#ann = ann;
    this.bob = bob;
  }

  /** Resolves when they see each other. */
  static async open(options: LiveKitCallOptions): Promise<LiveKitCall> {
    const { browser, url, annUrl = url, room, impairment } = options;
    const ann = await browser.openLiveKit(annUrl, `ann of ${room}`, impairment);
    const bob = await browser.openLiveKit(url, `bob of ${room}`);
    const call = new LiveKitCall(options, ann, bob);
    await Promise.all([call.#enter(ann, "ann", annUrl), call.#enter(bob, "bob", url)]);
    await call.flows();
    return call;
  }

  get ann(): LiveKitPage {
    return this.#ann;
  }

  /** The first participant's page is loaded anew and joins again; nothing has said that it would go. */
  async reload(): Promise<void> {
    const { url, annUrl = url } = this.#options;
    this.#ann = await LiveKitPage.open(this.#ann.page, annUrl);
    await this.#enter(this.#ann, "ann", annUrl);
  }

  /** Each sees pictures of the other that were not there before, and the second one hears the first. */
  async flows(): Promise<void> {
    await Promise.all([sees(this.ann, "bob"), sees(this.bob, "ann"), hears(this.bob, "ann")]);
  }

  /** Forgets what the pages were told so far. */
  async forget(): Promise<void> {
    await Promise.all([this.ann, this.bob].map(({ page }) => page.evaluate(() => void window.livekitEvents.splice(0))));
  }

  async close(): Promise<void> {
    await Promise.all([this.ann.close(), this.bob.close()]);
  }

  async #enter(page: LiveKitPage, identity: string, url: string): Promise<void> {
    const { room, token, roomOptions } = this.#options;
    await page.connect(url, await token(room, identity), { room: roomOptions });
    await page.publishVideo({ codec: "vp8", width: 320, height: 180, simulcast: false });
    if (identity === "ann") await page.publishAudio();
  }
}

/** The sid of the page's own participant. */
export function sidOf({ page }: LiveKitPage): Promise<string> {
  return page.evaluate(() => window.livekitRoom.localParticipant.sid);
}

/** Waits for an event as long as it may take to begin anew. */
export function recovers(page: LiveKitPage, name: string, isIt?: (event: SeenEvent) => boolean): Promise<SeenEvent> {
  return page.saw(name, isIt, RECOVERY_TIMEOUT_MS);
}

/** Waits until the client itself is done reconnecting, some time after it said so: until then it keeps events to itself. */
export async function settles({ page }: LiveKitPage): Promise<void> {
  await until("end of reconnecting", RECOVERY_TIMEOUT_MS, () =>
    page.evaluate(() => !window.livekitRoom.engine.pendingReconnect),
  );
}

/** Waits until the page has decoded more pictures of this participant, whichever track they are in by then. */
export async function sees(page: LiveKitPage, identity: string): Promise<void> {
  await grows(page, identity, "video", PICTURES);
}

async function hears(page: LiveKitPage, identity: string): Promise<void> {
  await grows(page, identity, "audio", PICTURES);
}

async function grows(page: LiveKitPage, identity: string, kind: "audio" | "video", count: number): Promise<void> {
  let [sid, first, latest] = ["", 0, 0];
  await until(
    `${kind} of ${identity}`,
    RECOVERY_TIMEOUT_MS,
    async () => {
      const trackSid = await currentTrack(page, identity, kind);
      const media = trackSid === undefined ? undefined : await page.received(trackSid);
      if (trackSid === undefined || media === undefined) return false;
      latest = kind === "video" ? media.framesDecoded : media.packetsReceived;
      if (trackSid !== sid) [sid, first] = [trackSid, latest];
      return latest >= first + count;
    },
    async () => [sid, first, latest, (await page.events()).map(({ name, args }) => `${name} ${JSON.stringify(args)}`)],
  );
}

function currentTrack({ page }: LiveKitPage, identity: string, kind: string): Promise<string | undefined> {
  return page.evaluate(
    ([wanted, mediaKind]) =>
      [...(window.livekitRoom.remoteParticipants.get(wanted)?.trackPublications.values() ?? [])].find(
        (publication) => publication.kind === mediaKind && publication.track !== undefined,
      )?.trackSid,
    [identity, kind] as const,
  );
}
