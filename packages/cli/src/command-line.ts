import { SluiceError } from "@sluice/protocol";
import { type CAC, type Command as CacCommand, cac } from "cac";
import type { Command, CommandContext } from "./commands/command.js";
import { normalizeDashes } from "./flags/normalize-dashes.js";
import { typedFlags } from "./flags/typed-flags.js";
import { createStyle, type Style } from "./terminal/style.js";
import { UsageError } from "./usage-error.js";

const PROGRAM = "sluice";
const VERSION = "0.1.0";

/** As cac hands it to who formats help. */
interface HelpSection {
  title?: string;
  body: string;
}

/** A command is loaded when it is asked for: a server needs nothing of a participant, and the other way round. */
const COMMANDS: Readonly<Record<string, { readonly summary: string; readonly load: () => Promise<Command> }>> = {
  serve: { summary: "Run a node", load: async () => (await import("./commands/serve.js")).serve },
  token: { summary: "Make an access token", load: async () => (await import("./commands/token.js")).token },
  join: {
    summary: "Join a room as a participant without a browser",
    load: async () => (await import("./commands/join.js")).join,
  },
  room: {
    summary: "List, change and end the rooms of a node, and what is in them",
    load: async () => (await import("./commands/room/room.js")).room,
  },
  stats: {
    summary: "Show how the media of a room's participants does",
    load: async () => (await import("./commands/stats.js")).stats,
  },
  nodes: {
    summary: "List the nodes of a cluster, and how busy they are",
    load: async () => (await import("./commands/nodes.js")).nodes,
  },
  profile: {
    summary: "Take a profile of a process of a node",
    load: async () => (await import("./commands/profile.js")).profile,
  },
  loadgen: {
    summary: "Put signaling load on a node, and measure its latencies",
    load: async () => (await import("./commands/loadgen.js")).loadgen,
  },
  loadtest: {
    summary: "Put media load on a node, and measure what arrives",
    load: async () => (await import("./commands/loadtest.js")).loadtest,
  },
};

/**
 * Runs one command line (without the program's name).
 *
 * @returns the exit code: 0, 1 for what could not be done, 2 for a command line that is wrong; undefined while a server runs
 */
export async function runCommandLine(typed: readonly string[], context: CommandContext): Promise<number | undefined> {
  const name = typed.find((argument) => !argument.startsWith("-")) ?? "";
  try {
    const cli = createCli();
    const command = await addCommands(cli, name);
    const style = createStyle(context.stdout, context.environment);
    const argv = normalizeDashes(
      typed,
      (command?.flags ?? []).map(({ usage }) => usage),
    );
    cli.help((sections) => formatHelp(sections, command?.notes, style));
    cli.parse(["node", PROGRAM, ...argv], { run: false });
    if (cli.options.help === true || cli.options.version === true) return 0;
    if (command === undefined || cli.matchedCommand === undefined) {
      if (name !== "") throw new UsageError(`there is no command "${name}"`);
      cli.outputHelp();
      return 2;
    }
    check(cli.matchedCommand);
    const repeated = command.flags.flatMap(({ usage, isRepeated }) => (isRepeated ? [flagName(usage)] : []));
    const args = [...cli.args, ...((cli.options["--"] ?? []) as readonly string[])];
    return await command.run(typedFlags(cli.options, argv, repeated), context, args);
  } catch (error) {
    return explain(error, name in COMMANDS ? `${PROGRAM} ${name}` : PROGRAM, context);
  }
}

/** "room" of "--room <name>", "header" of "-H, --header <text>". */
function flagName(usage: string): string {
  return /^(?:-\w, )?--(?:no-)?([^ ]+)/.exec(usage)?.[1] ?? usage;
}

function createCli(): CAC {
  const cli = cac(PROGRAM);
  cli.usage("<command> [flags]");
  cli.version(VERSION);
  return cli;
}

/** Titles stand out, and cac's default of a --no- flag, which is that of the flag without no, is not told. */
function formatHelp(sections: readonly HelpSection[], notes: string | undefined, { bold }: Style): HelpSection[] {
  const formatted = sections.map(({ title, body }) => {
    const lines = body
      .split("\n")
      .map((line) => (line.includes("--no-") ? line.replace(/ \(default: true\)$/, "") : line).trimEnd());
    return { ...(title === undefined ? {} : { title: bold(title) }), body: lines.join("\n") };
  });
  const examples = formatted.findIndex(({ title }) => title === bold("Examples"));
  if (notes !== undefined) formatted.splice(examples < 0 ? formatted.length : examples, 0, { body: notes });
  return formatted;
}

async function addCommands(cli: CAC, wanted: string): Promise<Command | undefined> {
  let found: Command | undefined;
  for (const [name, { summary, load }] of Object.entries(COMMANDS)) {
    if (name !== wanted) {
      cli.command(name, summary);
      continue;
    }
    found = await load();
    const { argumentUsage } = found;
    const added = cli.command(argumentUsage === undefined ? name : `${name} [...arguments]`, summary);
    added.usage(`${name}${argumentUsage === undefined ? "" : ` ${argumentUsage}`} [flags]`);
    for (const { usage, meaning } of found.flags) added.option(usage, meaning);
    for (const example of found.examples) added.example(`  $ ${PROGRAM} ${example}`);
    if (found.checksFlagsItself) added.allowUnknownOptions();
  }
  return found;
}

/** What cac would do before it runs an action. */
function check(command: CacCommand): void {
  command.checkUnknownOptions();
  command.checkOptionValue();
  command.checkUnusedArgs();
}

/** One line for the person, and the exit code. */
function explain(error: unknown, program: string, { stderr, environment }: CommandContext): number {
  const { red } = createStyle(stderr, environment);
  const message = error instanceof Error ? error.message : String(error);
  const isUsage = error instanceof UsageError || (error instanceof Error && error.name === "CACError");
  const isExpected = isUsage || error instanceof SluiceError;
  const advice = isUsage ? `; see "${program} --help"` : "";
  stderr.write(`${red(`${program}:`)} ${message}${advice}\n`);
  // A defect of ours: the line above helps nobody to find it.
  if (!isExpected && error instanceof Error && environment.SLUICE_DEBUG) stderr.write(`${error.stack}\n`);
  return isUsage ? 2 : 1;
}
