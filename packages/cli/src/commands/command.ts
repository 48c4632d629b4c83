import type { Flags } from "../flags/typed-flags.js";
import type { Environment } from "../terminal/style.js";

export interface TextOutput {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** Everything a command sees of the world around it, besides network and files. */
export interface CommandContext {
  readonly environment: Environment;
  readonly stdout: TextOutput;
  readonly stderr: TextOutput;
}

export interface FlagDescription {
  /** As in help: "--room <name>", "--json". Angle brackets: it takes a value. */
  readonly usage: string;
  readonly meaning: string;
}

export interface Command {
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
  run(flags: Flags, context: CommandContext): Promise<number | undefined>;
}
