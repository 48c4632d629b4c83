import { chromium, type Browser as PlaywrightBrowser } from "playwright-core";
import { DemoPage } from "./demo-page.js";
import { chromiumPath } from "./programs.js";

export interface BrowserOptions {
  /** A camera and a microphone that the browser makes up; without them there is none. Default true. */
  readonly hasDevices?: boolean;
}

export interface JoinOptions {
  readonly room: string;
  readonly identity: string;
  readonly codec?: "vp8" | "vp9" | "h264";
  /** Default 1280 × 720. */
  readonly viewport?: { readonly width: number; readonly height: number };
  /** Publish the synthetic picture even when there is a camera. */
  readonly synthetic?: boolean;
}

const JOIN_TIMEOUT_MS = 15_000;

/** One Chromium without a window; each page has a profile of its own. */
export class Browser {
  /** What pages wrote to their consoles as errors or warnings, and what they threw. */
  readonly complaints: string[] = [];
  readonly #browser: PlaywrightBrowser;

  private constructor(browser: PlaywrightBrowser) {
    this.#browser = browser;
  }

  static async launch({ hasDevices = true }: BrowserOptions = {}): Promise<Browser> {
    const args = [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--autoplay-policy=no-user-gesture-required",
      "--use-fake-ui-for-media-stream",
      // A machine without a network has only the loopback to gather candidates from.
      "--allow-loopback-in-peer-connection",
      ...(hasDevices ? ["--use-fake-device-for-media-stream"] : []),
    ];
    return new Browser(await chromium.launch({ executablePath: chromiumPath(), headless: true, args }));
  }

  /** Opens the demo page of the node at `url`, and resolves when it has joined. */
  async join(url: string, options: JoinOptions): Promise<DemoPage> {
    const { room, identity, codec, synthetic = false, viewport = { width: 1280, height: 720 } } = options;
    const context = await this.#browser.newContext({ viewport });
    const page = await context.newPage();
    page.on("pageerror", (error) => this.complaints.push(`${identity}: ${error.stack ?? error.message}`));
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") this.complaints.push(`${identity}: ${message.text()}`);
    });
    const query = new URLSearchParams({
      room,
      identity,
      autojoin: "1",
      ...(codec && { codec }),
      ...(synthetic && { synthetic: "1" }),
    });
    await page.goto(`${url}/?${query}`);
    await page.waitForFunction(() => window.sluiceRoom !== undefined, undefined, { timeout: JOIN_TIMEOUT_MS });
    return new DemoPage(page);
  }

  close(): Promise<void> {
    return this.#browser.close();
  }
}
