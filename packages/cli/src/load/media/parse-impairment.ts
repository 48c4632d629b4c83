import type { LinkParameters } from "@sluice/netem";
import { parseDuration } from "../../flags/duration.js";
import { parseRatio } from "../../flags/read-flags.js";
import { UsageError } from "../../usage-error.js";

/** A bad network between each subscriber and the node. `rateBps` is of the way to the subscriber, everything else of both. */
export interface Impairment {
  /** 0–1. */
  readonly loss: number;
  readonly delayMs: number;
  readonly jitterMs: number;
  readonly rateBps: number | undefined;
}

const MAX_DELAY_MS = 10_000;
const MAX_RATE_BPS = 10_000_000_000;

/** Of "loss=5%,delay=50ms,rate=2mbps". Throws UsageError. */
export function parseImpairment(text: string): Impairment {
  const given = new Map<string, string>();
  for (const part of text.split(",")) {
    const [, name = "", value = ""] = /^\s*(loss|delay|jitter|rate)=(\S+)\s*$/.exec(part) ?? [];
    if (name === "" || given.has(name)) {
      throw new UsageError(`--impair ${text}: expected loss, delay, jitter and rate, each once: loss=5%,delay=50ms,rate=2mbps`);
    }
    given.set(name, value);
  }
  const [delay, jitter, rate] = [given.get("delay"), given.get("jitter"), given.get("rate")];
  return {
    loss: parseRatio(given.get("loss") ?? "0", "impair loss"),
    delayMs: delay === undefined ? 0 : parseDuration(delay, "impair delay", MAX_DELAY_MS),
    jitterMs: jitter === undefined ? 0 : parseDuration(jitter, "impair jitter", MAX_DELAY_MS),
    rateBps: rate === undefined ? undefined : parseBitrate(rate, "impair rate"),
  };
}

/** Both directions, for a link. */
export function linkParameters({ loss, delayMs, jitterMs, rateBps }: Impairment): {
  readonly uplink: Partial<LinkParameters>;
  readonly downlink: Partial<LinkParameters>;
} {
  const uplink: Partial<LinkParameters> = { loss: { kind: "uniform", probability: loss }, delayMs, jitterMs };
  return { uplink, downlink: rateBps === undefined ? uplink : { ...uplink, rateBps } };
}

/** "2mbps", "800kbps" or "64000" (bits per second). Throws UsageError naming `flag`. */
export function parseBitrate(text: string, flag: string): number {
  const [, number, unit = ""] = /^(\d{1,11}(?:\.\d{1,6})?)(bps|kbps|mbps|gbps)?$/i.exec(text) ?? [];
  const factor = { "": 1, bps: 1, kbps: 1_000, mbps: 1_000_000, gbps: 1_000_000_000 }[unit.toLowerCase()] ?? Number.NaN;
  const bps = Math.round(Number(number ?? Number.NaN) * factor);
  if (!(bps >= 1 && bps <= MAX_RATE_BPS))
    throw new UsageError(`--${flag} ${text}: expected a bitrate such as 800kbps or 2mbps`);
  return bps;
}
