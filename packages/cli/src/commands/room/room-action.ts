import type { VideoGrant } from "@sluice/protocol";
import type { Flags } from "../../flags/typed-flags.js";
import type { Style } from "../../terminal/style.js";
import type { RoomApi } from "./room-api.js";

/** What an action prints. */
export interface ActionResult {
  /** One JSON object: the server's answer in protobuf's JSON form. */
  readonly json: unknown;
  /** For people. `width`: characters in a line. */
  format(style: Style, width: number): string;
}

/** One word after `sluice room`. */
export interface RoomAction {
  /** Names of its arguments, as help shows them; those in brackets may be left out. */
  readonly parameters: readonly string[];
  /** Whether the last of them may be given many times. */
  readonly isVariadic?: boolean;
  readonly meaning: string;
  /** Names of the flags that are its own. */
  readonly flags: readonly string[];
  /** All that its token grants. */
  grant(args: readonly string[]): VideoGrant;
  /** Throws UsageError before it asks the server, SluiceError for what could not be done. */
  run(api: RoomApi, args: readonly string[], flags: Flags): Promise<ActionResult>;
}
