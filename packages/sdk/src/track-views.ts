import type { Scheduler } from "@sluice/protocol";
import { type Shown, ShownPicture } from "./shown-picture.js";

/** Says how an element is seen until the function returned is called. */
export type ObserveElement<Element> = (element: Element, handleView: (view: Shown) => void) => () => void;

interface View<Element extends object> {
  readonly picture: ShownPicture<Element>;
  /** Of each element, how to stop observing it. */
  readonly observed: Map<Element, () => void>;
}

/** Which elements show which track, and how they are seen. */
export class TrackViews<Element extends object> {
  readonly #scheduler: Pick<Scheduler, "after">;
  readonly #observe: ObserveElement<Element>;
  readonly #handleShown: (trackId: string, shown: Shown | undefined) => void;
  /** By track id. */
  readonly #views = new Map<string, View<Element>>();

  constructor(
    scheduler: Pick<Scheduler, "after">,
    observe: ObserveElement<Element>,
    handleShown: (trackId: string, shown: Shown | undefined) => void,
  ) {
    this.#scheduler = scheduler;
    this.#observe = observe;
    this.#handleShown = handleShown;
  }

  /** Adapting twice to one element is adapting once. The function returned ends it. */
  adaptTo(trackId: string, element: Element): () => void {
    const view = this.#views.get(trackId) ?? this.#open(trackId);
    if (!view.observed.has(element)) {
      const stop = this.#observe(element, (seen) => view.picture.handleView(element, seen));
      view.observed.set(element, stop);
    }
    return () => {
      view.observed.get(element)?.();
      view.observed.delete(element);
      view.picture.remove(element);
    };
  }

  /** The track is no more. */
  remove(trackId: string): void {
    const view = this.#views.get(trackId);
    if (view === undefined) return;
    this.#views.delete(trackId);
    view.picture.close();
    for (const stop of view.observed.values()) stop();
    view.observed.clear();
  }

  close(): void {
    for (const trackId of [...this.#views.keys()]) this.remove(trackId);
  }

  #open(trackId: string): View<Element> {
    const picture = new ShownPicture<Element>(this.#scheduler, (shown) => this.#handleShown(trackId, shown));
    const view = { picture, observed: new Map<Element, () => void>() };
    this.#views.set(trackId, view);
    return view;
  }
}
