import { SluiceError } from "@sluice/protocol";
import {
  environmentName,
  loadConfig,
  OPTION_NAMES,
  OPTIONS,
  type OptionName,
  type RunningServer,
  runServer,
} from "@sluice/server/run";
import { isSet } from "../flags/read-flags.js";
import { createStyle, type Style } from "../terminal/style.js";
import { UsageError } from "../usage-error.js";
import type { Command, FlagDescription } from "./command.js";

/** All the others are the configuration's. */
const OWN_FLAGS: ReadonlySet<string> = new Set(["json"]);

export const serve: Command = {
  flags: [
    { usage: "--config <file>", meaning: "YAML file with any of these options" },
    ...OPTION_NAMES.map(describeOption),
    { usage: "--json", meaning: "Print one JSON object when it listens: url, adminUrl, key, secret, packetPaths" },
  ],
  examples: [
    "serve --dev",
    'serve --keys "mykey: a-secret-of-32-characters-or-more" --node-ip 203.0.113.7 --bind-address :7880',
    "serve --config sluice.yaml --tls.cert cert.pem --tls.key key.pem",
  ],
  notes: `Each has an environment variable too, SLUICE_ and the name in capitals: ${environmentName("node-ip")}, ${environmentName("tls.cert")}.
A flag wins over its variable, that over the file.`,
  checksFlagsItself: true,
  async run(flags, { stdout, environment }) {
    const options = Object.fromEntries([...flags].filter(([name]) => !OWN_FLAGS.has(name)));
    const server = await runServer(readConfig(options));
    const banner = isSet(flags, "json") ? jsonBanner(server) : textBanner(server, createStyle(stdout, environment));
    stdout.write(`${banner}\n`);
    return undefined;
  },
};

/** An option that cannot be understood is a mistake in the command line, wherever it stands. */
function readConfig(options: Readonly<Record<string, unknown>>): ReturnType<typeof loadConfig> {
  try {
    return loadConfig(options);
  } catch (error) {
    if (error instanceof SluiceError && error.code === "invalidArgument") throw new UsageError(error.message);
    throw error;
  }
}

function describeOption(name: OptionName): FlagDescription {
  const { meaning, range, defaultText } = OPTIONS[name];
  const isSwitch = typeof OPTIONS[name].defaultValue === "boolean";
  const details = isSwitch ? "" : ` (${range}; default: ${defaultText})`;
  return { usage: isSwitch ? `--${name}` : `--${name} <value>`, meaning: meaning + details };
}

function jsonBanner({ url, adminUrl, devKey, packetPaths }: RunningServer): string {
  return JSON.stringify({ url, adminUrl, ...devKey, packetPaths });
}

function textBanner({ url, devKey, packetPaths }: RunningServer, { bold, cyan, dim }: Style): string {
  const row = (title: string, text: string) => `  ${dim(title.padEnd(8))}${text}`;
  const credentials = devKey === undefined ? " --key <key> --secret <secret>" : "";
  return [
    "",
    `  ${bold("Sluice is listening.")}`,
    "",
    row("Demo", cyan(`${url}/`)),
    ...(devKey === undefined ? [] : [row("Key", devKey.key), row("Secret", devKey.secret)]),
    ...packetPaths.map((path) => row("Packets", path)),
    row("Bot", `npx sluice join --url ${url.replace(/^http/, "ws")} --room demo --name bot1${credentials}`),
    "",
  ].join("\n");
}
