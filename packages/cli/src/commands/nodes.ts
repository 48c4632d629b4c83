import { createToken } from "@sluice/server";
import { isSet, textFlag } from "../flags/read-flags.js";
import { createStyle } from "../terminal/style.js";
import type { Command } from "./command.js";
import { CREDENTIAL_FLAGS, readCredentials } from "./credentials.js";
import { fetchNodes } from "./fetch-nodes.js";
import { formatNodes } from "./format-nodes.js";
import { readHttpUrl, URL_FLAG } from "./node-url.js";

/** A token that is made for one look. */
const TOKEN_SECONDS = 60;

export const nodes: Command = {
  flags: [
    URL_FLAG,
    { usage: "--token <jwt>", meaning: "Access token with the grant roomList, instead of --key and --secret" },
    ...CREDENTIAL_FLAGS,
    { usage: "--json", meaning: "Print one JSON object: isConnected, nodes" },
  ],
  notes: "Any node may be asked: it tells what it knows of all. A node that is stale has not been heard of for 10 s or more.",
  examples: ["nodes --dev", "nodes --url wss://sluice.example --key mykey --secret a-secret-of-32-characters-or-more --json"],
  async run(flags, context) {
    const { stdout, environment } = context;
    const url = readHttpUrl(flags, context);
    const grant = { roomList: true };
    const identity = "sluice-nodes";
    const token =
      textFlag(flags, "token") ??
      (await createToken({ ...readCredentials(flags, context), identity, ttlSeconds: TOKEN_SECONDS, grant }));
    const view = await fetchNodes(url, token);
    const width = stdout.isTTY === true ? (stdout.columns ?? 80) : Number.POSITIVE_INFINITY;
    stdout.write(
      isSet(flags, "json") ? `${JSON.stringify(view)}\n` : formatNodes(view, createStyle(stdout, environment), width),
    );
    return 0;
  },
};
