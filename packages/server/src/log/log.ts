import { type DestinationStream, type Logger, pino } from "pino";
import type { LogConfig } from "../config/config.js";
import { formatLogLine } from "./format-log-line.js";

/** What the node writes about itself. Tokens, secrets and URLs with a query never go in. */
export type Log = Pick<Logger, "trace" | "debug" | "info" | "warn" | "error" | "fatal">;

/** JSON lines, or one-line text for people; `auto` is text on a terminal. */
export function createLog({ level, format }: LogConfig, output: NodeJS.WriteStream = process.stdout): Log {
  const isPretty = format === "pretty" || (format === "auto" && output.isTTY);
  const destination: DestinationStream = isPretty ? { write: (line) => output.write(formatLogLine(line)) } : output;
  const serializers = { error: pino.stdSerializers.err };
  return pino({ level, base: { pid: process.pid }, timestamp: pino.stdTimeFunctions.isoTime, serializers }, destination);
}
