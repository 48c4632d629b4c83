/** Streams of a room: the share of rooms with k streams falls as k^−1.8. A larger room spans nodes, so no node has more of one. */
export const ZIPF = { exponent: 1.8, maxStreams: 1_000 } as const;

/** Draws sizes: half of the rooms have one stream, the mean is about 8, one in 400 has more than 200. */
export function zipfSizes(random: () => number): () => number {
  const cumulative = new Float64Array(ZIPF.maxStreams);
  let sum = 0;
  for (let index = 0; index < ZIPF.maxStreams; index++) {
    sum += (index + 1) ** -ZIPF.exponent;
    cumulative[index] = sum;
  }
  return () => {
    const wanted = random() * sum;
    const index = cumulative.findIndex((value) => value > wanted);
    return index === -1 ? ZIPF.maxStreams : index + 1;
  };
}
