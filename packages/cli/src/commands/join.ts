import { SluiceError } from "@sluice/protocol";
import { createToken } from "@sluice/server";
import { parseDuration } from "../flags/duration.js";
import { choiceFlag, integerFlag, isSet, requiredFlag, textFlag } from "../flags/read-flags.js";
import type { Flags } from "../flags/typed-flags.js";
import type { MediaFile } from "../media-file/media-file.js";
import { DEFAULT_FRAME_RATE, MAX_FRAME_RATE, readMediaFile } from "../media-file/read-media-file.js";
import { readTestPicture, readTestTone } from "../media-file/test-media.js";
import { HeadlessParticipant } from "../participant/headless-participant.js";
import { MediaHost } from "../participant/media-host.js";
import { UsageError } from "../usage-error.js";
import type { Command, CommandContext } from "./command.js";
import { CREDENTIAL_FLAGS, readCredentials } from "./credentials.js";
import { JoinReporter } from "./join-reporter.js";

const DEFAULT_URL = "ws://127.0.0.1:7880";
const MAX_BOTS = 1_000;
/** Between two rounds of report lines, ms. */
const REPORT_INTERVAL_MS = 1_000;

export const join: Command = {
  flags: [
    { usage: "--url <url>", meaning: `Address of a node (SLUICE_URL, LIVEKIT_URL; default: ${DEFAULT_URL})` },
    { usage: "--room <name>", meaning: "Room to join; a token names it otherwise" },
    { usage: "--name <name>", meaning: 'Name shown to others (default: "bot")' },
    { usage: "--identity <id>", meaning: "Identity, unique in the room (default: the name)" },
    { usage: "--token <jwt>", meaning: "Access token, instead of --room, --identity, --name, --key and --secret" },
    ...CREDENTIAL_FLAGS,
    { usage: "--video <file>", meaning: "Publish FILE.ivf (VP8) or FILE.h264 (Annex B), looped (default: a test picture)" },
    { usage: "--audio <file>", meaning: "Publish FILE.ogg (Opus), looped (default: a test tone)" },
    { usage: "--codec <codec>", meaning: "Codec of the test picture: vp8 or h264 (default: vp8)" },
    { usage: "--frame-rate <fps>", meaning: `Pictures per second of FILE.h264 (default: ${DEFAULT_FRAME_RATE})` },
    { usage: "--no-publish", meaning: "Publish nothing" },
    { usage: "--subscribe", meaning: "Receive everybody's tracks; print one line a second for each" },
    { usage: "--duration <duration>", meaning: "Leave after this time, for example 10s (default: on Ctrl-C)" },
    { usage: "--count <number>", meaning: 'That many participants in this process, named "name-1", "name-2", … (default: 1)' },
    { usage: "--packet-path <path>", meaning: "auto, native or portable, as of sluice serve (default: auto)" },
    {
      usage: "--json",
      meaning: "Print JSON lines: {track, kind, codec, packets, lost, bitrateBps, frames, jitterMs}, {summary}",
    },
  ],
  examples: [
    "join --url ws://127.0.0.1:7880 --room demo --name bot1",
    "join --room demo --name bot2 --codec h264 --subscribe",
    "join --room demo --no-publish --subscribe --json --duration 10s",
    "join --room demo --video talk.ivf --audio talk.ogg",
  ],
  async run(flags, context) {
    const plan = await planJoin(flags, context);
    const packetPath = choiceFlag(flags, "packet-path", ["auto", "native", "portable"]) ?? "auto";
    const host = new MediaHost({ maxParticipants: plan.tokens.length, packetPath });
    try {
      return await takePart(host, plan, context);
    } finally {
      host.close();
    }
  },
};

interface JoinPlan {
  readonly url: string;
  /** One for each participant. */
  readonly tokens: readonly string[];
  readonly publish: readonly MediaFile[];
  readonly isSubscribing: boolean;
  readonly isJson: boolean;
  readonly durationMs: number | undefined;
}

async function planJoin(flags: Flags, context: CommandContext): Promise<JoinPlan> {
  const { environment } = context;
  const duration = textFlag(flags, "duration");
  const durationMs = duration === undefined ? undefined : parseDuration(duration, "duration");
  const publish = readPublished(flags);
  return {
    url: textFlag(flags, "url") ?? (environment.SLUICE_URL || environment.LIVEKIT_URL || DEFAULT_URL),
    tokens: await readTokens(flags, context),
    publish,
    isSubscribing: isSet(flags, "subscribe"),
    isJson: isSet(flags, "json"),
    durationMs,
  };
}

function readPublished(flags: Flags): MediaFile[] {
  const codec = choiceFlag(flags, "codec", ["vp8", "h264"]);
  const video = textFlag(flags, "video");
  const audio = textFlag(flags, "audio");
  const frameRate = integerFlag(flags, "frame-rate", 1, MAX_FRAME_RATE) ?? DEFAULT_FRAME_RATE;
  if (codec !== undefined && video !== undefined) throw new UsageError("--codec is of the test picture; a file has its own");
  if (flags.get("publish") === false) {
    if (video !== undefined || audio !== undefined) throw new UsageError("--no-publish forbids --video and --audio");
    return [];
  }
  const picture = video === undefined ? readTestPicture(codec ?? "vp8") : readMediaFile(video, { frameRate });
  const tone = audio === undefined ? readTestTone() : readMediaFile(audio);
  if (picture.kind !== "video") throw new UsageError(`--video ${video}: it is audio; pass it with --audio`);
  if (tone.kind !== "audio") throw new UsageError(`--audio ${audio}: it is video; pass it with --video`);
  return [picture, tone];
}

async function readTokens(flags: Flags, context: CommandContext): Promise<string[]> {
  const count = integerFlag(flags, "count", 1, MAX_BOTS) ?? 1;
  const given = textFlag(flags, "token");
  if (given !== undefined) {
    if (count > 1) throw new UsageError("--count needs --key and --secret: one token is one participant");
    return [given];
  }
  const room = requiredFlag(flags, "room", "demo");
  const name = textFlag(flags, "name") ?? "bot";
  const identity = textFlag(flags, "identity") ?? name;
  const credentials = readCredentials(flags, context);
  const suffixes = Array.from({ length: count }, (_, index) => (count === 1 ? "" : `-${index + 1}`));
  return Promise.all(
    suffixes.map((suffix) => {
      const grant = { room, roomJoin: true };
      return createToken({ ...credentials, identity: identity + suffix, name: name + suffix, grant });
    }),
  );
}

async function takePart(host: MediaHost, plan: JoinPlan, context: CommandContext): Promise<number> {
  const { url, tokens, publish, isSubscribing, durationMs } = plan;
  const reporter = new JoinReporter(plan, context);
  const ended = new Ending(durationMs);
  const joining = tokens.map((token) =>
    HeadlessParticipant.join({
      host,
      url,
      token,
      publish,
      subscribe: isSubscribing,
      listener: {
        handleRepair: (cause) => reporter.handleRepair(cause),
        handleError: (error) => reporter.handleError(error),
        handleClosed: (_, error) => ended.handleFailure(error),
      },
    }),
  );
  const participants: HeadlessParticipant[] = [];
  try {
    const results = await Promise.allSettled(joining);
    for (const result of results) if (result.status === "fulfilled") participants.push(result.value);
    const failed = results.find((result) => result.status === "rejected");
    if (failed !== undefined) throw failed.reason;
    for (const participant of participants) reporter.handleJoined(participant);
    const timer = setInterval(() => reporter.report(participants), REPORT_INTERVAL_MS);
    const cause = await ended.wait().finally(() => clearInterval(timer));
    reporter.report(participants);
    reporter.summarize(participants);
    const isNothing = isSubscribing && participants.every(({ totals }) => totals.packets === 0);
    if (cause === "duration" && isNothing) {
      throw new SluiceError(
        "notFound",
        "nothing was received: nobody else publishes in this room, or UDP from the node is blocked",
      );
    }
    return 0;
  } finally {
    ended.stop();
    await Promise.all(participants.map((participant) => participant.leave()));
  }
}

/** What ends the stay: time, a signal, or a failure. */
class Ending {
  readonly #durationMs: number | undefined;
  readonly #signals = ["SIGINT", "SIGTERM"] as const;
  #timer: NodeJS.Timeout | undefined;
  #failure: SluiceError | undefined;
  #settle:
    | { readonly resolve: (cause: "duration" | "signal") => void; readonly reject: (error: SluiceError) => void }
    | undefined;
  readonly #handleSignal = () => this.#settle?.resolve("signal");

  constructor(durationMs: number | undefined) {
    this.#durationMs = durationMs;
  }

  handleFailure(error: SluiceError): void {
    this.#failure ??= error;
    this.#settle?.reject(error);
  }

  /** The duration begins now. Rejects with the failure, also with one from before. */
  wait(): Promise<"duration" | "signal"> {
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
      if (this.#failure !== undefined) reject(this.#failure);
      if (this.#durationMs !== undefined) this.#timer = setTimeout(() => resolve("duration"), this.#durationMs);
      for (const signal of this.#signals) process.once(signal, this.#handleSignal);
    });
  }

  stop(): void {
    clearTimeout(this.#timer);
    for (const signal of this.#signals) process.off(signal, this.#handleSignal);
  }
}
