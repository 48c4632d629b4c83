import type { Flags } from "../flags/typed-flags.js";
import type { Environment } from "../terminal/style.js";

export interface TextOutput {
  readonly isTTY?: boolean;
  /** Of a terminal: characters in a line. */
  readonly columns?: number;
  write(text: string): unknown;
}

/** Everything a command sees of the world around it, besides network and files. */
export interface CommandContext {
  readonly environment: Environment;
  readonly stdout: TextOutput;
  readonly stderr: TextOutput;
}

export interface FlagDescription {
  /** As in help: "--room <name>", "-c, --connections <number>", "--json". Angle brackets: it takes a value. */
  readonly usage: string;
  readonly meaning: string;
  /** It may be given several times: its value is a list. */
  readonly isRepeated?: true;
}

export interface Command {
  /** What comes after the command's name, as help shows it; absent: nothing does. */
  readonly argumentUsage?: string;
  readonly flags: readonly FlagDescription[];
  /** Without the program's name. */
  readonly examples: readonly string[];
  /** What else help says of the flags: full sentences. */
  readonly notes?: string;
  /** The command itself says what is wrong with a flag that is not listed. */
  readonly checksFlagsItself?: boolean;
  /**
   * @returns the exit code; undefined when the program goes on without it
   * @throws UsageError for flags that make no sense, SluiceError for what could not be done
   */
  run(flags: Flags, context: CommandContext, args: readonly string[]): Promise<number | undefined>;
}
