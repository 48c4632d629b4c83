import type { TcpCounters, UdpCounters } from "@sluice/native";
import { numbersOf } from "../../telemetry/numbers-of.js";
import { snakeCase } from "../../telemetry/snake-case.js";

/** Of the counters of TCP: the rest is a connection refused or closed, or a packet dropped. */
const NO_TCP_DROPS: ReadonlySet<string> = new Set(["acceptedConnections", "receivedFrames", "sentFrames"]);

/** How often what was dropped, by the values of the label `cause`. */
export type Drops = readonly (readonly [cause: string, times: number])[];

/** "droppedNoSlot" is "no_slot". */
export function udpDrops(counters: UdpCounters): Drops {
  return numbersOf(counters)
    .filter(([name]) => name.startsWith("dropped"))
    .map(([name, times]) => [withoutPrefix(name), times]);
}

export function tcpDrops(counters: TcpCounters): Drops {
  return numbersOf(counters)
    .filter(([name]) => !NO_TCP_DROPS.has(name))
    .map(([name, times]) => [withoutPrefix(name), times]);
}

/** Of the core's counters, and of SCTP's. */
export function coreDrops(counters: object): Drops {
  return numbersOf(counters).map(([name, times]) => [snakeCase(name), times]);
}

function withoutPrefix(name: string): string {
  return snakeCase(name.replace(/^dropped(.)/, (_, first: string) => first.toLowerCase()));
}
