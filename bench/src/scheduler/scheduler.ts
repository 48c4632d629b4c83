import { parseArgs } from "node:util";
import { median, round } from "../summary.js";
import { CLUSTER, ClusterModel } from "./cluster-model.js";
import { ModuloPlacer } from "./placers/modulo-placer.js";
import type { Placer } from "./placers/placer.js";
import { RingPlacer } from "./placers/ring-placer.js";
import { SluicePlacer } from "./placers/sluice-placer.js";
import { TwoChoicesPlacer } from "./placers/two-choices-placer.js";
import { WeightedRingPlacer } from "./placers/weighted-ring-placer.js";
import type { SchedulerResult } from "./scheduler-result.js";
import { schedulerTable } from "./scheduler-table.js";
import { seededRandom } from "./seeded-random.js";

const SEED = 20_261_201;
const LOOKUP_ROUNDS = 5;
const LOOKUPS_PER_ROUND = 100_000;
/** In each, as many rooms end and begin as between two reports. */
const CHURN_TURNS = 40;

/** What happens to the cluster, in this order. */
function stagesOf(rooms: number): readonly { readonly after: string; readonly run: (cluster: ClusterModel) => void }[] {
  const some = Math.ceil(rooms * CLUSTER.roomsPerReport);
  return [
    {
      after: `${rooms.toLocaleString("en-US")} rooms`,
      run: (cluster) => {
        cluster.addNodes(CLUSTER.nodes);
        cluster.beginRooms(rooms);
      },
    },
    { after: "5 nodes killed", run: (cluster) => cluster.killNodes(5) },
    { after: "5 nodes added", run: (cluster) => cluster.addNodes(5) },
    {
      after: `${(CHURN_TURNS * some).toLocaleString("en-US")} rooms ended, as many begun`,
      run: (cluster) => {
        for (let turn = 0; turn < CHURN_TURNS; turn++) {
          cluster.endRooms(some);
          cluster.beginRooms(some);
        }
      },
    },
  ];
}

/** `npm run bench -- scheduler [--rooms N] [--json]`: rooms of Zipf's sizes on 50 nodes, by several ways of choosing a node. */
export async function benchScheduler(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: { rooms: { type: "string" }, json: { type: "boolean" } },
    strict: false,
  });
  const rooms = Number(values.rooms ?? CLUSTER.rooms);
  const placers: readonly Placer[] = [
    new ModuloPlacer(),
    new RingPlacer(),
    new WeightedRingPlacer(),
    new TwoChoicesPlacer(seededRandom(SEED)),
    new SluicePlacer("cpu"),
    new SluicePlacer("streams"),
    new SluicePlacer("hybrid"),
  ];
  const results = placers.flatMap((placer) => {
    process.stderr.write(`scheduler: ${placer.name}…\n`);
    return simulate(placer, rooms);
  });
  if (values.json === true) for (const result of results) console.log(JSON.stringify(result));
  else console.log(schedulerTable(results));
}

function simulate(placer: Placer, rooms: number): SchedulerResult[] {
  const cluster = new ClusterModel(placer, rooms, SEED);
  const measured = stagesOf(rooms).map(({ after, run }) => {
    run(cluster);
    const streams = cluster.streams.toSorted((a, b) => a - b);
    const mean = streams.reduce((sum, value) => sum + value, 0) / streams.length;
    return {
      bench: "scheduler" as const,
      placer: placer.name,
      after,
      nodes: streams.length,
      rooms: cluster.keys.length,
      maxToMean: round((streams.at(-1) ?? 0) / mean, 3),
      p99ToMean: round(interpolated(streams, 0.99) / mean, 3),
      hottestCpuPercent: Math.round(cluster.hottestCpu),
      ...cluster.takeMoved(),
      foundWithoutTablePercent: round(cluster.foundWithoutTable(), 1),
    };
  });
  const lookupsPerSecond = Math.round(measureLookups(placer, cluster.keys));
  return measured.map((each) => ({ ...each, lookupsPerSecond }));
}

/** Between the two values nearest to `ratio` of the way through `sorted`: of 50 nodes the 99th percentile is no node's. */
function interpolated(sorted: readonly number[], ratio: number): number {
  const position = ratio * (sorted.length - 1);
  const below = sorted[Math.floor(position)] ?? 0;
  const above = sorted[Math.ceil(position)] ?? below;
  return below + (above - below) * (position % 1);
}

function measureLookups(placer: Placer, keys: readonly string[]): number {
  const perSecond: number[] = [];
  for (let turn = 0; turn <= LOOKUP_ROUNDS; turn++) {
    const startMs = performance.now();
    for (let lookup = 0; lookup < LOOKUPS_PER_ROUND; lookup++) placer.choose(keys[lookup % keys.length] as string);
    // The first warms V8 up.
    if (turn > 0) perSecond.push((LOOKUPS_PER_ROUND * 1e3) / (performance.now() - startMs));
  }
  return median(perSecond);
}
