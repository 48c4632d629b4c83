import { HeadlessParticipant, MediaHost, readTestPicture, readTestTone, type TrackReport } from "@sluice/cli";
import type { ReceivedData } from "@sluice/protocol";
import { until } from "./until.js";

/** A node as its clients see it. */
export interface JoinableNode {
  /** Of the JSON-RPC door. */
  readonly webSocketUrl: string;
  token(room: string, identity: string): Promise<string>;
}

export interface BotOptions {
  /** Codecs of the tracks. Default: vp8 and opus. */
  readonly publish?: readonly ("vp8" | "h264" | "opus")[];
  /** Default true. */
  readonly subscribe?: boolean;
  /** With data channels, and who hears what comes by them. */
  readonly handleData?: (message: ReceivedData) => void;
}

/** Our own participants, in this process. They share one host, of which a process has one. */
export class Bots {
  readonly #host = new MediaHost({ maxParticipants: 32 });
  readonly #all = new Set<HeadlessParticipant>();
  /** What the bots complained of. */
  readonly complaints: string[] = [];

  async join(node: JoinableNode, room: string, identity: string, options: BotOptions = {}): Promise<HeadlessParticipant> {
    const { publish = ["vp8", "opus"], subscribe = true, handleData } = options;
    const bot = await HeadlessParticipant.join({
      host: this.#host,
      url: node.webSocketUrl,
      token: await node.token(room, identity),
      publish: publish.map((codec) => (codec === "opus" ? readTestTone() : readTestPicture(codec))),
      subscribe,
      data: handleData !== undefined,
      listener: {
        ...(handleData === undefined ? {} : { handleData }),
        handleError: (error) => this.complaints.push(`${identity}: ${error.message}`),
        handleClosed: (reason) => this.complaints.push(`${identity}: left, ${reason}`),
      },
    });
    this.#all.add(bot);
    return bot;
  }

  async leave(bot: HeadlessParticipant): Promise<void> {
    this.#all.delete(bot);
    await bot.leave();
  }

  async close(): Promise<void> {
    await Promise.all([...this.#all].map((bot) => this.leave(bot)));
    this.#host.close();
  }
}

/** Waits until `bot` receives as many tracks as wanted, with at least `frames` of each. */
export async function receiving(
  bot: HeadlessParticipant,
  tracks: number,
  frames = 20,
  timeoutMs = 15_000,
): Promise<TrackReport[]> {
  let latest: TrackReport[] = [];
  return until(
    `${tracks} tracks at ${bot.identity}`,
    timeoutMs,
    () => {
      latest = bot.takeReports();
      return latest.filter((report) => report.frames >= frames).length >= tracks && latest;
    },
    () => latest,
  );
}
