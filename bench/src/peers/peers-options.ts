import { parseArgs } from "node:util";
import { FULL_PLAN, type PeersPlan, QUICK_PLAN } from "./peers-plan.js";
import { janusPeer } from "./servers/janus-peer.js";
import { type LiveKitServer, liveKitPeer } from "./servers/livekit-peer.js";
import type { Peer } from "./servers/peer.js";
import { sluicePeer } from "./servers/sluice-peer.js";
import { WERIFT_PEER } from "./servers/werift-peer.js";

export const PEERS_USAGE = `Usage: npm run bench -- peers [options]

Sluice beside other servers: one publisher and N subscribers (libdatachannel) through each of them in turns.

  --peers LIST              of native, portable, janus, werift, livekit (default: all that are here)
  --subscribers LIST        (default: 10,50,200)
  --rates LIST              forwarded packets a second, rising (default: 5000,20000,40000,80000)
  --rounds N                of all peers in turns; one more comes first and does not count (default: 3)
  --seconds S               that each rate is measured for (default: 2)
  --quick                   10 and 50 subscribers, two rates, one round
  --livekit URL --pid PID   a LiveKit server that runs on this machine
  --livekit-key KEY --livekit-secret SECRET
  --plot FILE               writes a picture (SVG) of the CPU time by the rate
  --json                    one line for each peer, number of subscribers and round, instead of a table

Linux only. Janus is Debian's package janus, installed when this runs as root there; SLUICE_JANUS names another program.
`;

export interface PeersOptions {
  readonly peers: readonly Peer[];
  readonly plan: PeersPlan;
  readonly plot: string | undefined;
  readonly isJson: boolean;
}

/** @throws Error for what it does not know, in words for whoever typed it */
export function parsePeersOptions(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): PeersOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      peers: { type: "string" },
      subscribers: { type: "string" },
      rates: { type: "string" },
      rounds: { type: "string" },
      seconds: { type: "string" },
      quick: { type: "boolean", default: false },
      livekit: { type: "string" },
      pid: { type: "string" },
      "livekit-key": { type: "string" },
      "livekit-secret": { type: "string" },
      plot: { type: "string" },
      json: { type: "boolean", default: false },
    },
  });
  const base = values.quick ? QUICK_PLAN : FULL_PLAN;
  const plan: PeersPlan = {
    subscribers: numbers("subscribers", values.subscribers) ?? base.subscribers,
    forwardedPerSecond: numbers("rates", values.rates) ?? base.forwardedPerSecond,
    rounds: numbers("rounds", values.rounds)?.[0] ?? base.rounds,
    seconds: numbers("seconds", values.seconds)?.[0] ?? base.seconds,
  };
  const liveKit = liveKitServer(values.livekit, values.pid, values["livekit-key"], values["livekit-secret"]);
  const peers = choosePeers(values.peers?.split(","), environment.SLUICE_JANUS, liveKit);
  return { peers, plan, plot: values.plot, isJson: values.json };
}

function choosePeers(names: readonly string[] | undefined, janus: string | undefined, liveKit: LiveKitServer | undefined) {
  const here = new Map<string, Peer>([
    ["native", sluicePeer("native")],
    ["portable", sluicePeer("portable")],
    ...(janus === undefined ? [] : [["janus", janusPeer(janus)] as const]),
    ["werift", WERIFT_PEER],
    ...(liveKit === undefined ? [] : [["livekit", liveKitPeer(liveKit)] as const]),
  ]);
  return (names ?? [...here.keys()]).map((name) => {
    const peer = here.get(name);
    if (peer === undefined) throw new Error(`there is no peer ${name} here, only ${[...here.keys()].join(", ")}`);
    return peer;
  });
}

function liveKitServer(
  url: string | undefined,
  pid: string | undefined,
  key: string | undefined,
  secret: string | undefined,
): LiveKitServer | undefined {
  if (url === undefined) return undefined;
  if (pid === undefined || key === undefined || secret === undefined) {
    throw new Error("--livekit needs --pid, --livekit-key and --livekit-secret besides");
  }
  return { url, pid: numbers("pid", pid)?.[0] ?? 0, key, secret };
}

function numbers(name: string, text: string | undefined): readonly number[] | undefined {
  const values = text?.split(",").map(Number);
  if (values?.every((value) => value > 0 && Number.isFinite(value)) === false) {
    throw new Error(`--${name} takes numbers above 0, not ${text}`);
  }
  return values;
}
