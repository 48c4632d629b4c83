/** So that the best is 1. When all are 0 they are equally good. */
export function normalise(scores: readonly number[]): number[] {
  const best = scores.reduce((most, score) => Math.max(most, score), 0);
  return scores.map((score) => (best > 0 ? score / best : 1));
}
