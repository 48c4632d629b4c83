import { patternBytes } from "./data-digest.js";
import type { LiveKitPage } from "./livekit-page.js";
import { until } from "./until.js";

declare global {
  interface Window {
    livekitHeard?: HeardByLiveKit[];
    sluicePattern?: typeof patternBytes;
  }
}

/** What came to a page as a message or as a stream; of bytes that are the pattern only how many they are. */
export interface HeardByLiveKit {
  readonly content: string | number;
  readonly topic: string;
  readonly form: "reliable" | "lossy" | "text" | "file";
  /** Of the sender. */
  readonly from: string;
}

export interface CallOutcome {
  readonly result?: string;
  readonly code?: number;
  readonly message?: string;
  readonly data?: string;
}

export interface PublishOptions {
  readonly reliable?: boolean;
  readonly topic?: string;
  readonly destinationIdentities?: string[];
}

/**
 * Data of a page with livekit-client. It has the RPC methods "greet", which greets, "fail", which fails with number 4711, and
 * "break", which throws something else.
 */
export class LiveKitDataPage {
  readonly page: LiveKitPage;

  private constructor(page: LiveKitPage) {
    this.page = page;
  }

  /** What is heard is noted from now on: messages of any topic, streams of these. */
  static async open(page: LiveKitPage, streamTopics: readonly string[]): Promise<LiveKitDataPage> {
    await page.page.evaluate(`window.sluicePattern = ${patternBytes.toString()}`);
    await page.page.evaluate((topics) => {
      const { DataPacket_Kind, RoomEvent, RpcError } = window.LivekitClient;
      const [room, heard] = [window.livekitRoom, [] as HeardByLiveKit[]];
      window.livekitHeard = heard;
      const contentOf = (bytes: Uint8Array): string | number => {
        const pattern = bytes.length > 1_000 ? window.sluicePattern?.(bytes.length) : undefined;
        const isPattern = pattern?.every((byte, index) => byte === bytes[index]) === true;
        return isPattern ? bytes.length : new TextDecoder().decode(bytes);
      };
      room.on(RoomEvent.DataReceived, (bytes, participant, kind, topic = "") => {
        const form = kind === DataPacket_Kind.LOSSY ? "lossy" : "reliable";
        heard.push({ content: contentOf(bytes), topic, form, from: participant?.identity ?? "" });
      });
      for (const topic of topics) {
        room.registerTextStreamHandler(topic, async (reader, { identity }) => {
          heard.push({ content: await reader.readAll(), topic, form: "text", from: identity });
        });
        room.registerByteStreamHandler(topic, async (reader, { identity }) => {
          const bytes = new Uint8Array(await new Blob((await reader.readAll()) as BlobPart[]).arrayBuffer());
          heard.push({ content: contentOf(bytes), topic, form: "file", from: identity });
        });
      }
      room.registerRpcMethod("greet", async ({ payload, callerIdentity }) => `hello ${payload} from ${callerIdentity}`);
      room.registerRpcMethod("fail", async () => {
        throw new RpcError(4711, "out of milk", "until noon");
      });
      room.registerRpcMethod("break", async () => {
        throw new Error("nobody needs to know");
      });
    }, streamTopics);
    return new LiveKitDataPage(page);
  }

  /** One after the other. */
  publish(texts: readonly string[], options: PublishOptions): Promise<void> {
    return this.page.page.evaluate(
      async ([each, publishOptions]) => {
        for (const text of each) {
          await window.livekitRoom.localParticipant.publishData(new TextEncoder().encode(text), publishOptions);
        }
      },
      [texts, options] as const,
    );
  }

  async sendText(text: string, topic: string): Promise<void> {
    await this.page.page.evaluate(
      ([content, about]) => window.livekitRoom.localParticipant.sendText(content, { topic: about }).then(() => {}),
      [text, topic] as const,
    );
  }

  /** So many bytes of the pattern, as a file. */
  async sendFile(sizeBytes: number, topic: string, to: string[]): Promise<void> {
    await this.page.page.evaluate(
      async ([size, about, destinationIdentities]) => {
        const bytes = window.sluicePattern?.(size) ?? new Uint8Array();
        const file = new File([bytes as BlobPart], "pattern.bin", { type: "application/x-pattern" });
        await window.livekitRoom.localParticipant.sendFile(file, { topic: about, destinationIdentities });
      },
      [sizeBytes, topic, to] as const,
    );
  }

  /** A method of another participant. */
  call(destinationIdentity: string, method: string, payload: string): Promise<CallOutcome> {
    return this.page.page.evaluate(
      (call) =>
        window.livekitRoom.localParticipant.performRpc(call).then(
          (result) => ({ result }),
          ({ code, message, data }) => ({ code, message, ...(data ? { data } : {}) }),
        ),
      { destinationIdentity, method, payload },
    );
  }

  heard(): Promise<HeardByLiveKit[]> {
    return this.page.page.evaluate(() => window.livekitHeard ?? []);
  }

  /** Waits for so many messages or streams of this topic. */
  async hears(count: number, topic: string, timeoutMs = 20_000): Promise<HeardByLiveKit[]> {
    let heard: HeardByLiveKit[] = [];
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
}
