import type { SendDataOptions } from "@sluice/sdk";
import type { ClientPage } from "./client-page.js";
import { describeData, type HeardData, patternBytes } from "./data-digest.js";
import { until } from "./until.js";

declare global {
  interface Window {
    sluiceHeard?: HeardData[];
  }
}

/** What a text is, or a message of so many bytes of the pattern. */
export type DataContent = string | number;

/** Data messages of a page with our SDK. */
export class DataPage {
  readonly #client: ClientPage;

  private constructor(client: ClientPage) {
    this.#client = client;
  }

  /** Resolves when both channels are open; what is heard is noted from now on. */
  static async open(client: ClientPage): Promise<DataPage> {
    const page = new DataPage(client);
    await client.page.evaluate(`
      window.sluiceDescribe = ${describeData.toString()};
      window.sluicePattern = ${patternBytes.toString()};
      window.sluiceHeard = [];
      window.sluiceRoom.on("data", ({ from, topic, data }) => {
        window.sluiceHeard.push(window.sluiceDescribe(from, topic, data));
      });
    `);
    await page.whenOpen();
    return page;
  }

  participantId(): Promise<string> {
    return this.#client.page.evaluate(() => window.sluiceRoom?.localParticipant.participantId ?? "");
  }

  async whenOpen(timeoutMs = 10_000): Promise<void> {
    let channels: string[] = [];
    await until(
      "two open data channels",
      timeoutMs,
      async () => {
        channels = await this.#channels();
        return channels.filter((channel) => channel.endsWith(" open")).length === 2;
      },
      () => channels,
    );
  }

  /** One after the other, each waiting for the promise of the one before. Rejects with what the SDK says. */
  send(contents: readonly DataContent[], options: SendDataOptions = {}): Promise<void> {
    return this.#client.page.evaluate(
      async ([each, sendOptions]) => {
        const pattern = (window as unknown as { sluicePattern: typeof patternBytes }).sluicePattern;
        for (const content of each) {
          await window.sluiceRoom?.sendData(typeof content === "string" ? content : pattern(content), sendOptions);
        }
      },
      [contents, options] as const,
    );
  }

  /** One every `intervalMs`, whatever becomes of the one before. */
  sendPaced(contents: readonly DataContent[], intervalMs: number, options: SendDataOptions = {}): Promise<void> {
    return this.#client.page.evaluate(
      async ([each, pauseMs, sendOptions]) => {
        for (const content of each) {
          if (typeof content === "string") await window.sluiceRoom?.sendData(content, sendOptions);
          await new Promise((resolve) => setTimeout(resolve, pauseMs));
        }
      },
      [contents, intervalMs, options] as const,
    );
  }

  heard(): Promise<HeardData[]> {
    return this.#client.page.evaluate(() => window.sluiceHeard ?? []);
  }

  /** Waits for so many messages of this topic. */
  async hears(count: number, topic: string, timeoutMs = 10_000): Promise<HeardData[]> {
    let heard: HeardData[] = [];
    return until(
      `${count} messages about ${topic}`,
      timeoutMs,
      async () => {
        heard = (await this.heard()).filter((message) => message.topic === topic);
        return heard.length >= count && heard;
      },
      () => heard.length,
    );
  }

  #channels(): Promise<string[]> {
    return this.#client.page.evaluate(async () => {
      const stats = [...((await window.sluiceRoom?.getPeerConnectionStats())?.values() ?? [])];
      return stats.filter(({ type }) => type === "data-channel").map(({ label, state }) => `${label} ${state}`);
    });
  }
}
