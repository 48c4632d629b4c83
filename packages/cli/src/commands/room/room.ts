import { createToken } from "@sluice/server";
import { isSet, textFlag } from "../../flags/read-flags.js";
import type { Flags } from "../../flags/typed-flags.js";
import { createStyle } from "../../terminal/style.js";
import { UsageError } from "../../usage-error.js";
import type { Command, CommandContext } from "../command.js";
import { CREDENTIAL_FLAGS, readCredentials } from "../credentials.js";
import { readHttpUrl, URL_FLAG } from "../node-url.js";
import type { RoomAction } from "./room-action.js";
import { ROOM_ACTIONS } from "./room-actions.js";
import { RoomApi } from "./room-api.js";

/** A token that is made for one call, or two. */
const TOKEN_SECONDS = 60;

export const room: Command = {
  argumentUsage: "<action>",
  flags: [
    URL_FLAG,
    { usage: "--token <jwt>", meaning: "Access token with the grant the action needs, instead of --key and --secret" },
    ...CREDENTIAL_FLAGS,
    {
      usage: "--empty-timeout <duration>",
      meaning: "create: how long the room waits for somebody to come (default: the server's)",
    },
    {
      usage: "--departure-timeout <duration>",
      meaning: "create: how long it lives on when all have left (default: the server's)",
    },
    { usage: "--max-participants <number>", meaning: "create: no more than these may be in it (default: any number)" },
    { usage: "--metadata <text>", meaning: "create: anything everybody in it may read" },
    { usage: "--off", meaning: "mute: unmute the track" },
    { usage: "--to <identity>", meaning: "send: only to this participant; may be given several times", isRepeated: true },
    { usage: "--topic <topic>", meaning: "send: what the message is about" },
    { usage: "--lossy", meaning: "send: on time or not at all, and not in order" },
    { usage: "--json", meaning: "Print the server's answer as one JSON object" },
  ],
  notes: [
    "Actions, each with a token that grants what it needs and nothing else:",
    "",
    ...actionLines(),
    "",
    "They are calls of LiveKit's server API, so a LiveKit server is as good as a node. What begins with - comes after --.",
  ].join("\n"),
  examples: [
    "room list --dev",
    "room create demo --max-participants 10 --empty-timeout 10m",
    "room participants demo",
    "room mute demo ann microphone",
    'room send demo "the doors close in five minutes" --topic notice --to ann --to bob',
    "room delete demo --url wss://sluice.example --key mykey --secret a-secret-of-32-characters-or-more",
  ],
  async run(flags, context, [name, ...args]) {
    const action = findAction(name);
    checkArguments(name ?? "", action, args);
    checkFlags(name ?? "", action, flags);
    const url = readHttpUrl(flags, context);
    const { json, format } = await action.run(new RoomApi(url, await readToken(action, args, flags, context)), args, flags);
    const { stdout, environment } = context;
    const width = stdout.isTTY === true ? (stdout.columns ?? Number.POSITIVE_INFINITY) : Number.POSITIVE_INFINITY;
    stdout.write(isSet(flags, "json") ? `${JSON.stringify(json)}\n` : format(createStyle(stdout, environment), width));
    return 0;
  },
};

function usageOf({ parameters, isVariadic }: RoomAction): string {
  return `${parameters.join(" ")}${isVariadic === true ? " …" : ""}`;
}

function actionLines(): string[] {
  const usages = Object.entries(ROOM_ACTIONS).map(([name, action]) => `${name} ${usageOf(action)}`);
  const width = Math.max(...usages.map((usage) => usage.length));
  return Object.values(ROOM_ACTIONS).map(({ meaning }, index) => `  ${usages[index]?.padEnd(width)}  ${meaning}`);
}

function findAction(name: string | undefined): RoomAction {
  const action = name !== undefined && Object.hasOwn(ROOM_ACTIONS, name) ? ROOM_ACTIONS[name] : undefined;
  if (action !== undefined) return action;
  const what = name === undefined ? "an action is missing" : `there is no action "${name}"`;
  throw new UsageError(`${what}: expected ${Object.keys(ROOM_ACTIONS).join(", ")}`);
}

/** Before anything is sent: a name that is empty or missing would mean something else to a server. */
function checkArguments(name: string, action: RoomAction, args: readonly string[]): void {
  const { parameters, isVariadic } = action;
  const missing = parameters.find((parameter, index) => !parameter.startsWith("[") && args[index] === undefined);
  if (missing !== undefined) throw new UsageError(`${missing} is missing: room ${name} ${usageOf(action)}`);
  const extra = isVariadic === true ? undefined : args[parameters.length];
  if (extra !== undefined) throw new UsageError(`"${extra}" is too much: room ${name} ${usageOf(action)}`);
  const empty = args.findIndex((argument, index) => argument === "" && parameters[index] !== "TEXT");
  if (empty >= 0) throw new UsageError(`${parameters[empty] ?? "ROOM"} is empty: room ${name} ${usageOf(action)}`);
}

function checkFlags(name: string, action: RoomAction, flags: Flags): void {
  for (const [owner, { flags: own }] of Object.entries(ROOM_ACTIONS)) {
    const foreign = own.find((flag) => flags.has(flag) && !action.flags.includes(flag));
    if (foreign !== undefined) throw new UsageError(`--${foreign} is of room ${owner}, not of room ${name}`);
  }
}

async function readToken(action: RoomAction, args: readonly string[], flags: Flags, context: CommandContext): Promise<string> {
  const given = textFlag(flags, "token");
  if (given !== undefined) return given;
  const credentials = readCredentials(flags, context);
  return createToken({ ...credentials, identity: "sluice-room", ttlSeconds: TOKEN_SECONDS, grant: action.grant(args) });
}
