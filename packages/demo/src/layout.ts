/** In CSS px, from the top left corner of the grid. */
export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface RoomLayout {
  /** Where a shared screen goes. */
  readonly stage: Rect | undefined;
  /** One for each tile, in reading order. */
  readonly tiles: readonly Rect[];
}

const WIDE = 16 / 9;
/** In a portrait page tiles may be as tall as a phone's own picture. */
const TALL = 9 / 16;
const SQUARE = 1;
/** What matters of a face is in the middle 4:3 of the picture. */
const FACE = 4 / 3;

/** Where `count` tiles go, with a stage for a shared screen beside or above them if there is one. */
export function layoutRoom(width: number, height: number, count: number, hasStage: boolean, gap: number): RoomLayout {
  const area = { x: 0, y: 0, width, height };
  if (!hasStage) return { stage: undefined, tiles: layoutGrid(area, count, gap) };
  // The smallest strip in which the tiles are still worth looking at; the rest is the stage's.
  const isPortrait = width < height;
  const sufficient = isPortrait ? 96 : 176;
  let layout: RoomLayout = { stage: area, tiles: [] };
  if (count === 0) return layout;
  for (let share = isPortrait ? 0.4 : 0.16; share < (isPortrait ? 0.66 : 0.42); share += 0.02) {
    const [stage, strip] = isPortrait ? splitRows(area, share, gap) : splitColumns(area, share, gap);
    layout = { stage, tiles: layoutGrid(strip, count, gap, isPortrait ? SQUARE : WIDE) };
    if ((layout.tiles[0]?.width ?? 0) >= sufficient) return layout;
  }
  return layout;
}

/** The columns and rows that make the tiles largest; rows that are not full are centred. */
export function layoutGrid(area: Rect, count: number, gap: number, narrowest = area.width < area.height ? TALL : WIDE): Rect[] {
  let best = { width: 0, height: 0, columns: 1, score: -1 };
  for (let columns = 1; columns <= count; columns++) {
    const rows = Math.ceil(count / columns);
    const cellWidth = Math.max(0, (area.width - gap * (columns - 1)) / columns);
    const cellHeight = Math.max(0, (area.height - gap * (rows - 1)) / rows);
    const width = Math.min(cellWidth, cellHeight * WIDE);
    const height = Math.min(cellHeight, width / narrowest);
    const faceWidth = Math.min(width, height * FACE);
    const score = (faceWidth * faceWidth) / FACE;
    if (score > best.score) best = { width, height, columns, score };
  }
  const { width, height, columns } = best;
  const rows = Math.ceil(count / columns);
  const top = area.y + (area.height - rows * height - (rows - 1) * gap) / 2;
  return Array.from({ length: count }, (_, index) => {
    const row = Math.floor(index / columns);
    const inRow = Math.min(columns, count - row * columns);
    const left = area.x + (area.width - inRow * width - (inRow - 1) * gap) / 2;
    return { x: left + (index % columns) * (width + gap), y: top + row * (height + gap), width, height };
  });
}

/** Left and right; the right one has `share` of the width. */
function splitColumns({ x, y, width, height }: Rect, share: number, gap: number): [Rect, Rect] {
  const right = width * share;
  const left = width - right - gap;
  return [
    { x, y, width: left, height },
    { x: x + left + gap, y, width: right, height },
  ];
}

/** Top and bottom; the bottom one has at least `share` of the height, and what a 16:9 picture leaves. */
function splitRows({ x, y, width, height }: Rect, share: number, gap: number): [Rect, Rect] {
  const top = Math.min(width / WIDE, height * (1 - share) - gap);
  return [
    { x, y, width, height: top },
    { x, y: y + top + gap, width, height: height - top - gap },
  ];
}
