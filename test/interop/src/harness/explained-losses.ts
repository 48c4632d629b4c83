import { socketDrops } from "@sluice/cli";
import { roomStatistics } from "./room-statistics.js";
import { until } from "./until.js";

/** Somebody in the room, and what is missing there now. */
export interface Receiver {
  readonly identity: string;
  lost(): number | Promise<number>;
}

export interface LossAccount {
  /** What the node misses of its publishers. */
  readonly lostUp: number;
  /** Those who miss something, or were sent less than all. */
  readonly receivers: readonly { readonly identity: string; readonly lost: number; readonly skipped: number }[];
  /** Numbers that the node gave to no packet, to all of them. */
  readonly skipped: number;
  /** Missing, and neither skipped nor known to be dropped by the kernel nor {@link LossOptions.unseen}; never below 0. */
  readonly unexplained: number;
  /** Datagrams that the kernel dropped because a socket was full, of all on this machine. */
  readonly socketDrops: number;
}

export interface LossOptions {
  /**
   * Packets that may be lost where nobody counts them. A starved browser throws away what its own sockets cannot send, and counts
   * as lost what came too late for it. Default 0.
   */
  readonly unseen?: number;
}

/** The node's statistics are a second old at most, and what was lost on the way may be under way once more. */
const PATIENCE_MS = 5_000;

/**
 * What is missing in a room once everything that is has a reason: a Consumer leaves numbers out where it breaks a frame off, which happens
 * when the path does not carry the video for a moment, on a machine that decodes it in software; and a busy machine's sockets overflow.
 * What never came from a publisher is skipped as well, so that is counted by itself: it has no reason but the kernel's drops.
 *
 * @param url of the node
 * @throws Error with the account when after 5 s something is still missing without a reason
 */
export async function explainedLosses(
  url: string,
  room: string,
  receivers: readonly Receiver[],
  { unseen = 0 }: LossOptions = {},
): Promise<LossAccount> {
  let latest: LossAccount | undefined;
  return until(
    `reason for everything that is missing in room "${room}"`,
    PATIENCE_MS,
    async () => {
      latest = await account(url, room, receivers, unseen);
      return latest.unexplained === 0 && latest;
    },
    () => latest,
  );
}

async function account(url: string, room: string, receivers: readonly Receiver[], unseen: number): Promise<LossAccount> {
  const losses = await Promise.all(receivers.map(async (each) => ({ identity: each.identity, lost: await each.lost() })));
  const { statistics } = await roomStatistics(url, room);
  const skippedTo = new Map(statistics.map((each) => [each.identity, sum(each.subscribed.map(({ skipped }) => skipped))]));
  const lostUp = sum(statistics.flatMap(({ published }) => published.map(({ lost }) => lost)));
  const all = losses.map((each) => ({ ...each, skipped: skippedTo.get(each.identity) ?? 0 }));
  const dropped = socketDrops();
  const missing = lostUp + sum(all.map(({ lost, skipped }) => Math.max(0, lost - skipped)));
  return {
    lostUp,
    receivers: all.filter(({ lost, skipped }) => lost > 0 || skipped > 0),
    skipped: sum(all.map(({ skipped }) => skipped)),
    unexplained: Math.max(0, missing - dropped - unseen),
    socketDrops: dropped,
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
