import type { Sample } from "../watch/sample.js";
import { MAX_GROWTH, type Quantity, WARM_UP_SHARE } from "./bounds.js";
import { median, type Point, theilSenSlope } from "./theil-sen.js";

/** How one quantity of one process went, after the warm-up. */
export interface Growth {
  readonly process: string;
  readonly quantity: Quantity;
  readonly samples: number;
  readonly median: number;
  /** Theil–Sen slope times the time between the first and the last sample. */
  readonly growth: number;
  /** At most so much is none. */
  readonly bound: number;
}

export const QUANTITIES = Object.keys(MAX_GROWTH) as Quantity[];

/** Without those of the warm-up. */
export function countedSamples(samples: readonly Sample[]): readonly Sample[] {
  return samples.slice(Math.max(2, Math.ceil(samples.length * WARM_UP_SHARE)));
}

/** Of every quantity of every process that was told in all samples that count. */
export function measureGrowth(samples: readonly Sample[]): Growth[] {
  const counted = countedSamples(samples);
  const names = counted[0]?.processes.map(({ name }) => name) ?? [];
  return names.flatMap((name) =>
    QUANTITIES.flatMap((quantity) => {
      const points = pointsOf(counted, name, quantity);
      return points.length < counted.length ? [] : [growthOf(points, name, quantity)];
    }),
  );
}

export function hasGrown({ growth, bound }: Growth): boolean {
  return growth > bound;
}

function growthOf(points: readonly Point[], process: string, quantity: Quantity): Growth {
  const middle = median(points.map(({ value }) => value));
  const { atLeast, share } = MAX_GROWTH[quantity];
  const spanMs = (points.at(-1)?.at ?? 0) - (points[0]?.at ?? 0);
  return {
    process,
    quantity,
    samples: points.length,
    median: middle,
    growth: theilSenSlope(points) * spanMs,
    bound: Math.max(atLeast, share * middle),
  };
}

function pointsOf(samples: readonly Sample[], process: string, quantity: Quantity): Point[] {
  return samples.flatMap(({ atMs, processes }) => {
    const value = processes.find(({ name }) => name === process)?.[quantity];
    return value === undefined ? [] : [{ at: atMs, value }];
  });
}
