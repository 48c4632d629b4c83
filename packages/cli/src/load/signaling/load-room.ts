/** Who of this process is in one room, so that they can signal to each other. */
export class LoadRoom<M> {
  readonly name: string;
  /** Who stays, while it is there. */
  host: M | undefined;
  /** Of its host, while that is there. */
  trackId: string | undefined;
  readonly #members: M[] = [];

  constructor(name: string) {
    this.name = name;
  }

  add(member: M): void {
    if (!this.#members.includes(member)) this.#members.push(member);
  }

  remove(member: M): void {
    const at = this.#members.indexOf(member);
    if (at >= 0) this.#members.splice(at, 1);
  }

  /** Whoever comes after it; undefined: nobody else is there. */
  neighbourOf(member: M): M | undefined {
    const at = this.#members.indexOf(member);
    const next = this.#members[(at + 1) % this.#members.length];
    return next === member ? undefined : next;
  }
}
