import { parseDuration } from "../flags/duration.js";
import { integerFlag, listFlag, textFlag } from "../flags/read-flags.js";
import type { Flags } from "../flags/typed-flags.js";
import { DEFAULT_MIX, type Mix, parseMix } from "../load/signaling/mix.js";
import { type LoadIdentity, type SignalingPlan, usefulProcesses } from "../load/signaling/signaling-plan.js";
import { UsageError } from "../usage-error.js";
import type { CommandContext } from "./command.js";
import { readCredentials } from "./credentials.js";
import { readNodeUrl } from "./node-url.js";

/** What a flag that is not given means. */
const DEFAULTS = { connections: 10, rate: 10, duration: "10s", connectRate: 200, participantsPerRoom: 10, timeout: "10s" };

const MAX_CONNECTIONS = 1_000_000;
const MAX_RATE = 1_000_000;
const MAX_STEPS = 100;
const MAX_PROCESSES = 64;

/** Throws UsageError. */
export function planLoadgen(flags: Flags, context: CommandContext): SignalingPlan {
  const url = readDoorUrl(flags, context);
  const headers = readHeaders(flags);
  const steps = readSteps(flags);
  const most = steps.at(-1) ?? 0;
  const participantsPerRoom = integerFlag(flags, "participants-per-room", 1, MAX_CONNECTIONS) ?? DEFAULTS.participantsPerRoom;
  const mixText = textFlag(flags, "mix");
  const given = mixText === undefined ? undefined : parseMix(mixText);
  const identity = readIdentity(flags, context, url, headers, given, most);
  const mix = given ?? defaultMix(identity, most, participantsPerRoom);
  checkMix(mix, most, participantsPerRoom);
  const processes = integerFlag(flags, "processes", 1, MAX_PROCESSES) ?? 1;
  return {
    url,
    headers,
    identity,
    steps,
    durationMs: parseDuration(textFlag(flags, "duration") ?? DEFAULTS.duration, "duration"),
    requestsPerSecond: integerFlag(flags, "rate", 0, MAX_RATE) ?? DEFAULTS.rate,
    connectionsPerSecond: integerFlag(flags, "connect-rate", 1, MAX_RATE) ?? DEFAULTS.connectRate,
    mix,
    roomPrefix: textFlag(flags, "room") ?? "loadgen",
    participantsPerRoom,
    processes: usefulProcesses(most, participantsPerRoom, processes),
    timeoutMs: parseDuration(textFlag(flags, "timeout") ?? DEFAULTS.timeout, "timeout"),
  };
}

/** The node's, with the path of its door when there is none. */
function readDoorUrl(flags: Flags, context: CommandContext): string {
  const text = readNodeUrl(flags, context);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^(ws|http)s?:$/.test(url.protocol)) {
    throw new UsageError(`--url ${text}: expected an address such as ws://127.0.0.1:7880/rpc`);
  }
  const path = url.pathname === "/" ? "/rpc" : url.pathname;
  return `${url.protocol.replace("http", "ws")}//${url.host}${path}${url.search}`;
}

/** "Name: value", each once. */
function readHeaders(flags: Flags): Readonly<Record<string, string>> {
  return Object.fromEntries(
    listFlag(flags, "header").map((text) => {
      // RFC 9110 §5.1, §5.5: a token; visible characters, spaces and tabs.
      const [, name, value] =
        /^([\w!#$%&'*+.^`|~-]+):[ \t]*([\x21-\x7e](?:[\x20-\x7e\t]*[\x21-\x7e])?)[ \t]*$/.exec(text) ?? [];
      if (name === undefined || value === undefined) {
        throw new UsageError(`--header "${text.slice(0, 40)}": expected "Name: value", for example "Authorization: Bearer …"`);
      }
      return [name.toLowerCase(), value] as const;
    }),
  );
}

function readSteps(flags: Flags): number[] {
  const text = textFlag(flags, "steps");
  const connections = integerFlag(flags, "connections", 1, MAX_CONNECTIONS);
  if (text === undefined) return [connections ?? DEFAULTS.connections];
  if (connections !== undefined)
    throw new UsageError("--steps and --connections exclude each other: the last step is the most there are");
  const steps = text.split(",").map((each) => (/^\d{1,7}$/.test(each) ? Number(each) : Number.NaN));
  const isAscending = steps.every((each, at) => each >= 1 && each <= MAX_CONNECTIONS && each > (steps[at - 1] ?? 0));
  if (!isAscending || steps.length > MAX_STEPS) {
    throw new UsageError(`--steps ${text}: expected numbers of connections, each larger than the one before: 500,1000,5000`);
  }
  return steps;
}

/** One token is one participant, and joining a second time with it would put out the first. */
function readIdentity(
  flags: Flags,
  context: CommandContext,
  url: string,
  headers: Readonly<Record<string, string>>,
  mix: Mix | undefined,
  connections: number,
): LoadIdentity {
  const isGiven = headers.authorization !== undefined || new URL(url).searchParams.has("access_token");
  if (!isGiven) return { type: "tokens", ...readCredentials(flags, context) };
  for (const name of ["key", "secret", "dev"]) {
    if (flags.get(name) !== undefined)
      throw new UsageError(`--${name} makes a token for each connection: pass it or a token, not both`);
  }
  const joins = connections === 1;
  const unable = [...(mix ?? [])].filter(([operation, weight]) => operation !== "ping" && weight > 0);
  if (!joins && unable.length > 0) {
    throw new UsageError(`one token is one participant: --mix ${unable[0]?.[0]} takes --key and --secret, or one connection`);
  }
  return { type: "given", joins };
}

function defaultMix(identity: LoadIdentity, connections: number, participantsPerRoom: number): Mix {
  if (identity.type === "given" && !identity.joins) return new Map([["ping", 1]]);
  if (Math.min(connections, participantsPerRoom) > 1) return DEFAULT_MIX;
  return new Map([
    ["data", 1],
    ["ping", 1],
  ]);
}

function checkMix(mix: Mix, connections: number, participantsPerRoom: number): void {
  for (const operation of ["subscribe", "signal"] as const) {
    if ((mix.get(operation) ?? 0) > 0 && Math.min(connections, participantsPerRoom) < 2) {
      throw new UsageError(`--mix ${operation}: it takes two participants in a room`);
    }
  }
}
