/** A datagram on its way. */
export interface Arrival {
  /** When it arrives, in µs. */
  readonly due: number;
  readonly data: Uint8Array;
}

/**
 * Datagrams in the order in which they arrive: a binary heap, in which those due at the same time keep the order of
 * their pushes.
 */
export class ArrivalQueue {
  readonly #heap: (Arrival & { readonly order: number })[] = [];
  #pushes = 0;

  get length(): number {
    return this.#heap.length;
  }

  /** When the first one arrives. */
  get due(): number | undefined {
    return this.#heap[0]?.due;
  }

  push(due: number, data: Uint8Array): void {
    const heap = this.#heap;
    const added = { due, data, order: this.#pushes++ };
    let index = heap.length;
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = heap[parentIndex];
      if (parent === undefined || isBefore(parent, added)) break;
      heap[index] = parent;
      index = parentIndex;
    }
    heap[index] = added;
  }

  /** Takes the first one out. */
  shift(): Arrival | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let index = 0;
    for (;;) {
      const left = heap[2 * index + 1];
      const right = heap[2 * index + 2];
      if (left === undefined) break;
      const isRight = right !== undefined && isBefore(right, left);
      const child = isRight ? right : left;
      if (isBefore(last, child)) break;
      heap[index] = child;
      index = 2 * index + (isRight ? 2 : 1);
    }
    heap[index] = last;
    return first;
  }
}

interface Ordered {
  readonly due: number;
  readonly order: number;
}

function isBefore(a: Ordered, b: Ordered): boolean {
  return a.due < b.due || (a.due === b.due && a.order < b.order);
}
