/** More tiles than this help nobody. */
export const MAX_TILES = 25;

/**
 * Which of `ids` have a tile, in stable order. When there are more than fit, the last place is for "and N more", the first `ids`
 * come first, and whoever spoke lately takes the place of whoever has been silent longest; the first of all always stays.
 */
export function chooseTiles(ids: readonly string[], spokeMs: ReadonlyMap<string, number>, max = MAX_TILES): string[] {
  if (ids.length <= max) return [...ids];
  const [first, ...others] = ids;
  const places = max - 2;
  const lately = others
    .map((id, index) => ({ id, index, spokeMs: spokeMs.get(id) ?? 0 }))
    .sort((a, b) => b.spokeMs - a.spokeMs || a.index - b.index)
    .slice(0, places)
    .sort((a, b) => a.index - b.index)
    .map(({ id }) => id);
  return first === undefined ? [] : [first, ...lately];
}
