import type { Scheduler } from "@sluice/protocol";

/** How a picture is seen: not at all, or at a size in pixels of the screen. */
export type Shown = { readonly type: "hidden" } | { readonly type: "visible"; readonly width: number; readonly height: number };

/** A picture that grows, or comes into view, should be good soon; this long it must have kept its size, ms. */
const GROW_DELAY_MS = 100;
/** One that shrinks or goes may come back: pages are scrolled, laid out anew, left for a moment. */
const SHRINK_DELAY_MS = 1_000;

/** How one track is seen in all the elements that show it; says so when it has come to rest. */
export class ShownPicture<Element extends object> {
  readonly #scheduler: Pick<Scheduler, "after">;
  readonly #handleShown: (shown: Shown | undefined) => void;
  /** An element that has not been measured has no view yet. */
  readonly #views = new Map<Element, Shown | undefined>();
  #said: Shown | undefined;
  #cancel = () => {};

  /** `handleShown` gets undefined when no element shows it any more. */
  constructor(scheduler: Pick<Scheduler, "after">, handleShown: (shown: Shown | undefined) => void) {
    this.#scheduler = scheduler;
    this.#handleShown = handleShown;
  }

  handleView(element: Element, view: Shown): void {
    this.#views.set(element, view);
    this.#settle();
  }

  remove(element: Element): void {
    if (this.#views.delete(element)) this.#settle();
  }

  /** Nothing is said any more. */
  close(): void {
    this.#cancel();
    this.#views.clear();
  }

  #settle(): void {
    this.#cancel();
    const shown = largest(this.#views.values());
    if (isSame(shown, this.#said)) return;
    // What is hidden from the first moment is not worth a single packet.
    const isLess = this.#said !== undefined && shown !== undefined && !isMore(shown, this.#said);
    this.#cancel = this.#scheduler.after(isLess ? SHRINK_DELAY_MS : GROW_DELAY_MS, () => {
      this.#said = shown;
      this.#handleShown(shown);
    });
  }
}

function largest(views: Iterable<Shown | undefined>): Shown | undefined {
  let largest: Shown | undefined;
  for (const view of views) {
    if (view === undefined) continue;
    if (largest?.type !== "visible") largest = view.type === "visible" ? view : (largest ?? view);
    else if (view.type === "visible") {
      largest = {
        type: "visible",
        width: Math.max(view.width, largest.width),
        height: Math.max(view.height, largest.height),
      };
    }
  }
  return largest;
}

function isMore(a: Shown, b: Shown): boolean {
  if (a.type === "hidden") return false;
  return b.type === "hidden" || a.width > b.width || a.height > b.height;
}

function isSame(a: Shown | undefined, b: Shown | undefined): boolean {
  if (a?.type !== "visible" || b?.type !== "visible") return a?.type === b?.type;
  return a.width === b.width && a.height === b.height;
}
