import type { OptionName } from "@sluice/server/run";
import type { ErrorCount } from "./error-tally.js";
import type { LoadEnding } from "./load-run.js";

/** What a node says when one of its limits is reached, and the option that raises it. */
const ADVICE: readonly (readonly [said: RegExp, option: OptionName])[] = [
  [/connections from one address/, "limits.connections-per-ip"],
  [/requests per second/, "limits.requests-per-second"],
  [/the room is full/, "limits.participants-per-room"],
  [/this node may have \d+ rooms/, "limits.rooms"],
  [/not read fast enough/, "limits.send-queue-bytes"],
  [/a participant may publish \d+ tracks/, "limits.tracks-per-participant"],
];

/** One sentence that says what to raise on the node; undefined: this error is of no such limit. */
export function limitAdvice(message: string): string | undefined {
  const option = limitOption(message);
  if (option === undefined) return undefined;
  const also = option === "limits.participants-per-room" ? ", or room.max-participants when that is set" : "";
  return `the node's own limit is reached: start it with a larger --${option}${also}`;
}

export function limitOption(message: string): OptionName | undefined {
  return ADVICE.find(([said]) => said.test(message))?.[1];
}

/** What to do about how a load ended and what went wrong in it, each once; `more` when that is there. */
export function adviceOn(ending: LoadEnding, errors: readonly ErrorCount[], more: string | undefined): string[] {
  const messages = errors.map(({ message }) => message);
  if (ending.type === "refused") messages.unshift(ending.message);
  const advice = [...messages.map(limitAdvice), more].filter((each) => each !== undefined);
  return [...new Set(advice)];
}
