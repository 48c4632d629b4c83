import { element } from "./element.js";
import { layoutRoom } from "./layout.js";
import type { Tile } from "./tile.js";

const GAP_PX = 8;

/** Puts tiles where they are largest, and again whenever the page changes its size. */
export class Grid {
  readonly node = element("section", { class: "grid", "aria-label": "Participants" });
  readonly #more = element("div", { class: "tile more" });
  #tiles: readonly Tile[] = [];
  #stage: Tile | undefined;
  #hiddenCount = 0;
  #arrangement = 0;

  constructor() {
    new ResizeObserver(() => this.#arrange()).observe(this.node);
  }

  /** `hiddenCount` people are there but have no tile. */
  show(tiles: readonly Tile[], stage: Tile | undefined, hiddenCount: number): void {
    this.#tiles = tiles;
    this.#stage = stage;
    this.#hiddenCount = hiddenCount;
    const nodes: HTMLElement[] = [...(stage === undefined ? [] : [stage]), ...tiles].map((tile) => tile.node);
    if (hiddenCount > 0) nodes.push(this.#more);
    this.#more.textContent = `+${hiddenCount}`;
    this.#more.setAttribute("aria-label", `and ${hiddenCount} more`);
    for (const child of [...this.node.children]) if (!nodes.includes(child as HTMLElement)) child.remove();
    // A tile that is moved in the document would interrupt its video, so only new ones are put in.
    for (const node of nodes) if (node.parentElement !== this.node) this.node.append(node);
    this.#arrange();
  }

  #arrange(): void {
    // In the next frame, all changes at once: reading sizes between writes would lay the page out again and again.
    cancelAnimationFrame(this.#arrangement);
    this.#arrangement = requestAnimationFrame(() => {
      const { clientWidth, clientHeight } = this.node;
      const count = this.#tiles.length + (this.#hiddenCount > 0 ? 1 : 0);
      const { stage, tiles } = layoutRoom(clientWidth, clientHeight, count, this.#stage !== undefined, GAP_PX);
      this.#stage?.place(stage);
      for (const [index, tile] of this.#tiles.entries()) tile.place(tiles[index]);
      const last = tiles.at(-1);
      if (last === undefined) return;
      this.#more.style.transform = `translate(${last.x}px, ${last.y}px)`;
      this.#more.style.width = `${last.width}px`;
      this.#more.style.height = `${last.height}px`;
    });
  }
}
