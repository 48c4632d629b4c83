import type { VideoGrant } from "@sluice/protocol";
import { createToken } from "@sluice/server";
import { parseDuration } from "../flags/duration.js";
import { booleanFlag, isSet, requiredFlag, textFlag } from "../flags/read-flags.js";
import type { Flags } from "../flags/typed-flags.js";
import { UsageError } from "../usage-error.js";
import type { Command } from "./command.js";
import { CREDENTIAL_FLAGS, readCredentials } from "./credentials.js";

const DEFAULT_VALIDITY = "6h";
const MAX_VALIDITY_MS = 10 * 366 * 86_400_000;

/** LiveKit's names of track sources. */
const SOURCES = ["camera", "microphone", "screen_share", "screen_share_audio"];

export const token: Command = {
  flags: [
    { usage: "--room <name>", meaning: "Room the token opens" },
    { usage: "--identity <id>", meaning: "Who joins; unique in the room" },
    { usage: "--name <name>", meaning: "Name shown to others (default: the identity)" },
    { usage: "--metadata <text>", meaning: "Anything others may read" },
    { usage: "--valid-for <duration>", meaning: `How long it opens the room: 90m, 6h, 30d (default: ${DEFAULT_VALIDITY})` },
    ...CREDENTIAL_FLAGS,
    { usage: "--can-publish <boolean>", meaning: "Whether it may publish tracks (default: true)" },
    { usage: "--can-publish-sources <list>", meaning: `What it may publish, of ${SOURCES.join(",")} (default: all)` },
    { usage: "--can-subscribe <boolean>", meaning: "Whether it may receive tracks (default: true)" },
    { usage: "--can-publish-data <boolean>", meaning: "Whether it may send data and signals (default: true)" },
    { usage: "--can-update-own-metadata", meaning: "May change its own name and metadata" },
    { usage: "--room-admin", meaning: "May mute others and signal every room" },
    { usage: "--room-create", meaning: "May create rooms" },
    { usage: "--room-list", meaning: "May list rooms" },
    { usage: "--hidden", meaning: "Others do not see it" },
    { usage: "--json", meaning: "Print one JSON object: token, key, room, identity, expiresAt" },
  ],
  examples: [
    "token --room demo --identity ann",
    "token --room demo --identity guest --can-publish false --valid-for 30m",
    "token --room demo --identity ann --key mykey --secret a-secret-of-32-characters-or-more --json",
  ],
  async run(flags, context) {
    const identity = requiredFlag(flags, "identity", "ann");
    const validity = textFlag(flags, "valid-for") ?? DEFAULT_VALIDITY;
    const ttlSeconds = Math.ceil(parseDuration(validity, "valid-for", MAX_VALIDITY_MS) / 1_000);
    const grant = readGrant(flags);
    const credentials = readCredentials(flags, context);
    const name = textFlag(flags, "name");
    const metadata = textFlag(flags, "metadata");
    const jwt = await createToken({
      ...credentials,
      identity,
      ttlSeconds,
      ...(name === undefined ? {} : { name }),
      ...(metadata === undefined ? {} : { metadata }),
      grant,
    });
    const expiresAt = new Date(Date.now() + ttlSeconds * 1_000).toISOString();
    const described = { token: jwt, key: credentials.key, room: grant.room, identity, expiresAt };
    context.stdout.write(`${isSet(flags, "json") ? JSON.stringify(described) : jwt}\n`);
    return 0;
  },
};

/** Only what was asked for: what is absent has LiveKit's default. */
function readGrant(flags: Flags): VideoGrant {
  const isWithoutRoom = isSet(flags, "room-create") || isSet(flags, "room-list");
  const room = isWithoutRoom ? textFlag(flags, "room") : requiredFlag(flags, "room", "demo");
  const switches = {
    canPublish: booleanFlag(flags, "can-publish"),
    canSubscribe: booleanFlag(flags, "can-subscribe"),
    canPublishData: booleanFlag(flags, "can-publish-data"),
    canUpdateOwnMetadata: isSet(flags, "can-update-own-metadata") || undefined,
    roomAdmin: isSet(flags, "room-admin") || undefined,
    roomCreate: isSet(flags, "room-create") || undefined,
    roomList: isSet(flags, "room-list") || undefined,
    hidden: isSet(flags, "hidden") || undefined,
  };
  const sources = readSources(textFlag(flags, "can-publish-sources"));
  return {
    ...(room === undefined ? {} : { room, roomJoin: true }),
    ...Object.fromEntries(Object.entries(switches).filter(([, value]) => value !== undefined)),
    ...(sources === undefined ? {} : { canPublishSources: sources }),
  };
}

function readSources(text: string | undefined): string[] | undefined {
  const sources = text?.split(",").map((source) => source.trim());
  const unknown = sources?.find((source) => !SOURCES.includes(source));
  if (unknown !== undefined) throw new UsageError(`--can-publish-sources ${unknown}: expected ${SOURCES.join(", ")}`);
  return sources;
}
