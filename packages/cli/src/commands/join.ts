import { createToken } from "@sluice/server";
import { parseDuration } from "../flags/duration.js";
import { choiceFlag, integerFlag, isSet, requiredFlag, textFlag } from "../flags/read-flags.js";
import type { Flags } from "../flags/typed-flags.js";
import type { MediaFile } from "../media-file/media-file.js";
import { DEFAULT_FRAME_RATE, MAX_FRAME_RATE, readMediaFile } from "../media-file/read-media-file.js";
import { readTestPicture, readTestTone } from "../media-file/test-media.js";
import { DOOR_NAMES } from "../participant/door.js";
import { MediaHost } from "../participant/media-host.js";
import { UsageError } from "../usage-error.js";
import type { Command, CommandContext } from "./command.js";
import { CREDENTIAL_FLAGS, readCredentials } from "./credentials.js";
import { readNodeUrl, URL_FLAG } from "./node-url.js";
import { type JoinPlan, type PlannedParticipant, takePart } from "./take-part.js";

const MAX_BOTS = 1_000;

export const join: Command = {
  flags: [
    URL_FLAG,
    {
      usage: "--door <door>",
      meaning: "How to speak with the server: jsonrpc, or livekit, which LiveKit servers have as well (default: jsonrpc)",
    },
    { usage: "--room <name>", meaning: "Room to join; a token names it otherwise" },
    { usage: "--name <name>", meaning: 'Name shown to others (default: "bot")' },
    { usage: "--identity <id>", meaning: "Identity, unique in the room (default: the name)" },
    { usage: "--token <jwt>", meaning: "Access token, instead of --room, --identity, --name, --key and --secret" },
    ...CREDENTIAL_FLAGS,
    {
      usage: "--video <file>",
      meaning: "Publish FILE.ivf (VP8, VP9, AV1) or FILE.h264 (Annex B), looped (default: a test picture)",
    },
    { usage: "--audio <file>", meaning: "Publish FILE.ogg (Opus), looped (default: a test tone)" },
    { usage: "--codec <codec>", meaning: "Codec of the test picture: vp8 or h264 (default: vp8)" },
    { usage: "--frame-rate <fps>", meaning: `Pictures per second of FILE.h264 (default: ${DEFAULT_FRAME_RATE})` },
    { usage: "--no-publish", meaning: "Publish nothing" },
    { usage: "--subscribe", meaning: "Receive everybody's tracks; print one line a second for each" },
    { usage: "--data", meaning: "Open data channels; print the messages that others send" },
    {
      usage: "--layer <layer>",
      meaning: "With --subscribe: the largest layer of each video, low, mid or high (default: high)",
    },
    { usage: "--duration <duration>", meaning: "Leave after this time, for example 10s (default: on Ctrl-C)" },
    { usage: "--count <number>", meaning: 'That many participants in this process, named "name-1", "name-2", … (default: 1)' },
    { usage: "--packet-path <path>", meaning: "auto, native or portable, as of sluice serve (default: auto)" },
    {
      usage: "--json",
      meaning:
        "Print JSON lines: {track, kind, codec, packets, lost, bitrateBps, frames, jitterMs}, {from, topic, bytes, text}, {summary}",
    },
  ],
  examples: [
    "join --url ws://127.0.0.1:7880 --room demo --name bot1",
    "join --room demo --name bot2 --codec h264 --subscribe",
    "join --room demo --no-publish --subscribe --json --duration 10s",
    "join --room demo --video talk.ivf --audio talk.ogg",
    "join --url wss://livekit.example --door livekit --room demo --name bot3 --subscribe",
  ],
  async run(flags, context) {
    const plan = await planJoin(flags, context);
    const packetPath = choiceFlag(flags, "packet-path", ["auto", "native", "portable"]) ?? "auto";
    const host = new MediaHost({ maxParticipants: plan.participants.length, packetPath });
    try {
      return await takePart(host, plan, context);
    } finally {
      host.close();
    }
  },
};

async function planJoin(flags: Flags, context: CommandContext): Promise<JoinPlan> {
  const duration = textFlag(flags, "duration");
  const durationMs = duration === undefined ? undefined : parseDuration(duration, "duration");
  const publish = readPublished(flags);
  return {
    url: readNodeUrl(flags, context),
    door: choiceFlag(flags, "door", DOOR_NAMES) ?? "jsonrpc",
    participants: await planParticipants(flags, context),
    publish,
    isSubscribing: isSet(flags, "subscribe"),
    maxSpatialLayer: readLayer(flags),
    hasData: isSet(flags, "data"),
    isJson: isSet(flags, "json"),
    durationMs,
  };
}

/** Counted from 0; undefined: all there are. */
function readLayer(flags: Flags): number | undefined {
  const layer = choiceFlag(flags, "layer", ["low", "mid", "high"]);
  if (layer !== undefined && !isSet(flags, "subscribe")) throw new UsageError("--layer needs --subscribe");
  return layer === "low" ? 0 : layer === "mid" ? 1 : undefined;
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

async function planParticipants(flags: Flags, context: CommandContext): Promise<PlannedParticipant[]> {
  const count = integerFlag(flags, "count", 1, MAX_BOTS) ?? 1;
  const given = textFlag(flags, "token");
  if (given !== undefined) {
    if (count > 1) throw new UsageError("--count needs --key and --secret: one token is one participant");
    return [{ label: "this participant", token: given }];
  }
  const room = requiredFlag(flags, "room", "demo");
  const name = textFlag(flags, "name") ?? "bot";
  const identity = textFlag(flags, "identity") ?? name;
  const credentials = readCredentials(flags, context);
  const suffixes = Array.from({ length: count }, (_, index) => (count === 1 ? "" : `-${index + 1}`));
  return Promise.all(
    suffixes.map(async (suffix) => {
      const who = { identity: identity + suffix, name: name + suffix };
      return { label: who.identity, token: await createToken({ ...credentials, ...who, grant: { room, roomJoin: true } }) };
    }),
  );
}
