/**
 * What was placed on a node and is not in its report yet: three seconds are long when a hundred rooms begin at once.
 *
 * A report that comes just after a placement does not have it yet, so what was placed before a report counts until the next one.
 * For one interval some streams count twice, which only sends newcomers elsewhere.
 */
export class RecentPlacements {
  #sinceReport = 0;
  #before = 0;

  /** Streams. */
  get streams(): number {
    return this.#sinceReport + this.#before;
  }

  handlePlaced(streams: number): void {
    this.#sinceReport += streams;
  }

  handleReport(): void {
    this.#before = this.#sinceReport;
    this.#sinceReport = 0;
  }
}
