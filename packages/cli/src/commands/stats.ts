import { createToken } from "@sluice/server";
import { parseDuration } from "../flags/duration.js";
import { isSet, requiredFlag, textFlag } from "../flags/read-flags.js";
import type { Flags } from "../flags/typed-flags.js";
import { createStyle } from "../terminal/style.js";
import { UsageError } from "../usage-error.js";
import type { Command, CommandContext } from "./command.js";
import { CREDENTIAL_FLAGS, readCredentials } from "./credentials.js";
import { Ending } from "./ending.js";
import { fetchRoomStatistics } from "./fetch-room-statistics.js";
import { formatRoomStatistics } from "./format-room-statistics.js";
import { readHttpUrl, URL_FLAG } from "./node-url.js";

/** A node counts once a second. */
const MIN_WATCH_MS = 100;
/** A token that is made for one look. */
const TOKEN_SECONDS = 60;
/** To the upper left, and nothing below. */
const CLEAR_SCREEN = "\u001b[H\u001b[J";

export const stats: Command = {
  flags: [
    URL_FLAG,
    { usage: "--room <name>", meaning: "Room to look at; a token names it otherwise" },
    { usage: "--identity <id>", meaning: "Only this participant" },
    { usage: "--token <jwt>", meaning: "Access token with the grant roomAdmin, instead of --key and --secret" },
    ...CREDENTIAL_FLAGS,
    { usage: "--watch <interval>", meaning: "Look again and again, for example each 2s, until Ctrl-C" },
    { usage: "--json", meaning: "Print one JSON object a look: room, participants, statistics" },
  ],
  notes: [
    "The room is not joined, and nobody in it notices. Numbers are a second old at most and are the node's own view:",
    "→ is what a participant sends, ← what it receives.",
  ].join("\n"),
  examples: [
    "stats --room demo --dev",
    "stats --room demo --watch 2s",
    "stats --url wss://sluice.example --room demo --key mykey --secret a-secret-of-32-characters-or-more --json",
  ],
  async run(flags, context) {
    const plan = planStats(flags, context);
    // What cannot be seen at first is a mistake; later it may come back.
    await look(plan, context);
    if (plan.watchMs !== undefined) await watch(plan, plan.watchMs, context);
    return 0;
  },
};

interface StatsPlan {
  /** Of the node, http or https. */
  readonly url: string;
  readonly room: string;
  readonly identity: string | undefined;
  readonly isJson: boolean;
  readonly watchMs: number | undefined;
  createToken(): Promise<string>;
}

function planStats(flags: Flags, context: CommandContext): StatsPlan {
  const interval = textFlag(flags, "watch");
  const given = textFlag(flags, "token");
  const room =
    textFlag(flags, "room") ?? (given === undefined ? undefined : roomOf(given)) ?? requiredFlag(flags, "room", "demo");
  const url = readHttpUrl(flags, context);
  const watchMs = interval === undefined ? undefined : parseDuration(interval, "watch");
  if (watchMs !== undefined && watchMs < MIN_WATCH_MS)
    throw new UsageError(`--watch ${interval}: expected ${MIN_WATCH_MS}ms or more`);
  const credentials = given === undefined ? readCredentials(flags, context) : undefined;
  return {
    url,
    room,
    identity: textFlag(flags, "identity"),
    isJson: isSet(flags, "json"),
    watchMs,
    async createToken() {
      if (credentials === undefined) return given ?? "";
      const grant = { room, roomAdmin: true };
      return createToken({ ...credentials, identity: "sluice-stats", ttlSeconds: TOKEN_SECONDS, grant });
    },
  };
}

/** The room that a token is for; undefined when it names none or is no token, which the node will say better. */
function roomOf(token: string): string | undefined {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
    const room = (claims as { readonly video?: { readonly room?: unknown } } | null)?.video?.room;
    return typeof room === "string" && room !== "" ? room : undefined;
  } catch {
    return undefined;
  }
}

async function look(plan: StatsPlan, { stdout, environment }: CommandContext): Promise<void> {
  const statistics = await fetchRoomStatistics({ ...plan, token: await plan.createToken() });
  if (plan.isJson) {
    stdout.write(`${JSON.stringify(statistics)}\n`);
    return;
  }
  const isScreen = plan.watchMs !== undefined && stdout.isTTY === true && environment.TERM !== "dumb";
  const text = formatRoomStatistics(statistics, createStyle(stdout, environment));
  stdout.write(isScreen ? `${CLEAR_SCREEN}${text}` : plan.watchMs === undefined ? text : `${text}\n`);
}

/** Until a signal. */
async function watch(plan: StatsPlan, intervalMs: number, context: CommandContext): Promise<void> {
  const ending = new Ending(undefined);
  let timer: NodeJS.Timeout | undefined;
  const repeat = () => {
    timer = setTimeout(() => void lookAgain(plan, context).then(() => timer !== undefined && repeat()), intervalMs);
  };
  repeat();
  await ending.wait();
  clearTimeout(timer);
  timer = undefined;
  ending.stop();
}

async function lookAgain(plan: StatsPlan, context: CommandContext): Promise<void> {
  try {
    await look(plan, context);
  } catch (error) {
    context.stderr.write(`sluice stats: ${error instanceof Error ? error.message : String(error)}; still watching\n`);
  }
}
