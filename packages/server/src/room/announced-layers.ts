import { SluiceError, type TrackKind, type VideoLayer } from "@sluice/protocol";

/**
 * [RM25] The layers a publisher announces, checked: of video, smallest first (equal sizes may follow one another), and either all
 * with a rid of their own or none with one. An empty list announces nothing.
 *
 * @throws SluiceError `invalidArgument` with what is wrong
 */
export function announcedLayers(kind: TrackKind, layers: readonly VideoLayer[] = []): readonly VideoLayer[] | undefined {
  if (layers.length === 0) return undefined;
  if (kind !== "video") throw new SluiceError("invalidArgument", "layers: only video has them");
  const areas = layers.map(({ width, height }) => width * height);
  if (areas.some((area, index) => area < (areas[index - 1] ?? 0))) {
    throw new SluiceError("invalidArgument", "layers: list them smallest first");
  }
  const rids = layers.flatMap(({ rid }) => rid ?? []);
  if (rids.length !== 0 && new Set(rids).size !== layers.length) {
    throw new SluiceError("invalidArgument", "layers: each needs a rid of its own, or none has one (SVC)");
  }
  return layers;
}

export function isSameLayers(a: readonly VideoLayer[] | undefined, b: readonly VideoLayer[] | undefined): boolean {
  if (a === undefined || b === undefined || a.length !== b.length) return a === b;
  return a.every((layer, index) => {
    const other = b[index];
    return (
      layer.rid === other?.rid &&
      layer.width === other?.width &&
      layer.height === other.height &&
      layer.bitrateBps === other.bitrateBps
    );
  });
}
