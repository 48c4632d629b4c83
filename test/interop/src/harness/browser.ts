import type { VideoGrant } from "@sluice/protocol";
import { chromium, type Page, type Browser as PlaywrightBrowser } from "playwright-core";
import { type JoinOptions as ClientJoinOptions, ClientPage } from "./client-page.js";
import { DemoPage } from "./demo-page.js";
import { devToken } from "./dev-token.js";
import type { Impairment } from "./impairment.js";
import { LiveKitPage } from "./livekit-page.js";
import { chromiumPath } from "./programs.js";
import { blockUdp } from "./tcp-only.js";
import { WhepPage } from "./whep-page.js";
import { WhipPage } from "./whip-page.js";
import { YieldingProgram } from "./yielding-program.js";

export interface BrowserOptions {
  /** A firewall around the browser that lets no UDP out. Default false. */
  readonly isTcpOnly?: boolean;
  /** A camera and a microphone that the browser makes up; without them there is none. Default true. */
  readonly hasDevices?: boolean;
  /** The rest of the machine comes first: two pages drawn and coded in software take all of two slow cores. Default false. */
  readonly isYielding?: boolean;
}

export interface JoinOptions {
  readonly room: string;
  readonly identity: string;
  readonly codec?: "vp8" | "vp9" | "h264";
  /** Default true. */
  readonly simulcast?: boolean;
  /** Default 1280 × 720. */
  readonly viewport?: { readonly width: number; readonly height: number };
  /** Publish the synthetic picture even when there is a camera. */
  readonly synthetic?: boolean;
}

export interface ClientOptions extends ClientJoinOptions {
  readonly room: string;
  readonly identity: string;
  /** Of its token, besides joining the room. */
  readonly grant?: VideoGrant;
}

const JOIN_TIMEOUT_MS = 15_000;
/** Of a browser that yields, for it may have to wait for its turn. */
const YIELDING_JOIN_TIMEOUT_MS = 60_000;

/** One Chromium without a window; each page has a profile of its own. */
export class Browser {
  /** What pages wrote to their consoles as errors or warnings, and what they threw. */
  readonly complaints: string[] = [];
  readonly #browser: PlaywrightBrowser;
  readonly #isTcpOnly: boolean;
  readonly #joinTimeoutMs: number;

  private constructor(browser: PlaywrightBrowser, { isTcpOnly = false, isYielding = false }: BrowserOptions) {
    this.#browser = browser;
    this.#isTcpOnly = isTcpOnly;
    this.#joinTimeoutMs = isYielding ? YIELDING_JOIN_TIMEOUT_MS : JOIN_TIMEOUT_MS;
  }

  static async launch(options: BrowserOptions = {}): Promise<Browser> {
    const { hasDevices = true, isYielding = false } = options;
    const args = [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--autoplay-policy=no-user-gesture-required",
      "--use-fake-ui-for-media-stream",
      // A machine without a network has only the loopback to gather candidates from.
      "--allow-loopback-in-peer-connection",
      "--disable-background-timer-throttling",
      "--disable-renderer-backgrounding",
      ...(hasDevices ? ["--use-fake-device-for-media-stream"] : []),
    ];
    const yielding = isYielding ? new YieldingProgram(chromiumPath()) : undefined;
    try {
      const executablePath = yielding?.path ?? chromiumPath();
      return new Browser(await chromium.launch({ executablePath, headless: true, args }), options);
    } finally {
      yielding?.forget();
    }
  }

  /** Opens the demo page of the node at `url`, and resolves when it has joined. */
  async join(url: string, options: JoinOptions): Promise<DemoPage> {
    const { room, identity, codec, simulcast = true, synthetic = false, viewport = { width: 1280, height: 720 } } = options;
    const page = await this.#openPage(identity, viewport);
    const query = new URLSearchParams({
      room,
      identity,
      autojoin: "1",
      ...(codec && { codec }),
      ...(!simulcast && { simulcast: "0" }),
      ...(synthetic && { synthetic: "1" }),
    });
    await page.goto(`${url}/?${query}`);
    await page.waitForFunction(() => window.sluiceRoom !== undefined, undefined, { timeout: this.#joinTimeoutMs });
    return new DemoPage(page);
  }

  /** A page with our SDK in a room and nothing else; it publishes and receives what the test says. */
  async openClient(url: string, { room, identity, grant, ...options }: ClientOptions): Promise<ClientPage> {
    const page = await this.#openPage(identity, { width: 640, height: 480 });
    return ClientPage.join(page, url, await devToken(room, identity, grant), options);
  }

  /** A page with livekit-client, in no room yet. */
  async openLiveKit(url: string, name: string, impairment?: Impairment): Promise<LiveKitPage> {
    return LiveKitPage.open(await this.#openPage(name, { width: 640, height: 480 }, true), url, impairment);
  }

  /** A page that can publish by WHIP as `identity`, and has not yet. */
  async openWhip(url: string, room: string, identity: string): Promise<WhipPage> {
    return WhipPage.open(await this.#openPage(identity, { width: 640, height: 480 }), url, await devToken(room, identity));
  }

  /** A page that can play by WHEP as `identity`, and does not yet. */
  async openWhep(url: string, room: string, identity: string): Promise<WhepPage> {
    return WhepPage.open(await this.#openPage(identity, { width: 640, height: 480 }), url, await devToken(room, identity));
  }

  async #openPage(
    name: string,
    viewport: { readonly width: number; readonly height: number },
    bypassCSP = false,
  ): Promise<Page> {
    const context = await this.#browser.newContext({ viewport, bypassCSP });
    const page = await context.newPage();
    page.setDefaultTimeout(this.#joinTimeoutMs);
    if (this.#isTcpOnly) await blockUdp(page);
    page.on("pageerror", (error) => this.complaints.push(`${name}: ${error.stack ?? error.message}`));
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") this.complaints.push(`${name}: ${message.text()}`);
    });
    return page;
  }

  close(): Promise<void> {
    return this.#browser.close();
  }
}
