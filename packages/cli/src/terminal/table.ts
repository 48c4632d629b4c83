/** One text of a table, with how it is shown. */
export interface Cell {
  readonly text: string;
  readonly paint: (text: string) => string;
}

export function cell(text: string, paint: Cell["paint"] = (same) => same): Cell {
  return { text, paint };
}

/** Between two columns. */
const GAP = "  ";

/**
 * Columns as wide as their widest text; a row that is text stays as it is. What goes past `width` characters is cut off, and
 * says so.
 */
export function alignRows(rows: readonly (readonly Cell[] | string)[], width = Number.POSITIVE_INFINITY): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    if (typeof row === "string") continue;
    for (const [column, { text }] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, [...text].length);
  }
  return rows.map((row) => (typeof row === "string" ? cut(row, width) : alignRow(row, widths, width)));
}

function alignRow(cells: readonly Cell[], widths: readonly number[], width: number): string {
  const shown: string[] = [];
  const last = cells.findLastIndex(({ text }) => text !== "");
  let left = width;
  for (const [column, { text, paint }] of cells.entries()) {
    if (column > last || left <= 0) break;
    const fitting = cut(text, left);
    const padding = column === last ? 0 : (widths[column] ?? 0) - [...fitting].length;
    shown.push(paint(fitting) + " ".repeat(Math.max(0, Math.min(padding, left))));
    left -= (widths[column] ?? 0) + GAP.length;
  }
  return shown.join(GAP).trimEnd();
}

/** Cuts between characters, never inside of one. */
export function cut(text: string, width: number): string {
  const characters = [...text];
  return characters.length <= width ? text : `${characters.slice(0, Math.max(0, width - 1)).join("")}…`;
}
