import { randomFillSync } from "node:crypto";
import { type AddressId, UNKNOWN_ADDRESS } from "@sluice/media";
import { LINUX } from "../libc/linux-constants.js";
import { SOCKADDR_STRIDE_WORDS } from "../libc/socket-address.js";

const HASH_KEYS = 5;

/**
 * The registered remote addresses: socket address → {@link AddressId} without strings or allocation, and back.
 *
 * An open-addressing hash table (linear probing, at most half full, deletion by shifting back). The keys are the socket
 * addresses themselves, one stride per id, where native code finds them when it sends. Registering an address again gives
 * the same id and is counted: it is forgotten after as many releases. A released id is not given out again before
 * {@link reclaim}, so that datagrams committed to it still find the right address.
 *
 * The hash multiplies by random odd keys of the process: who does not know them cannot make addresses collide.
 */
export class AddressTable {
  readonly #words: Int32Array;
  readonly #keys: Int32Array;
  /** Ids by position, or -1. */
  readonly #positions: Int32Array;
  readonly #mask: number;
  /** Registrations by id; 0 is not registered. */
  readonly #references: Int32Array;
  readonly #free: Int32Array;
  #freeCount: number;
  /** Ids released since the last {@link reclaim}, at the end of `#free` backwards. */
  #quarantineCount = 0;

  /** `words` holds one socket address stride per id: its length gives the capacity. `hashKeys` is for tests. */
  constructor(words: Int32Array, hashKeys: Int32Array = randomHashKeys()) {
    const capacity = Math.floor(words.length / SOCKADDR_STRIDE_WORDS);
    this.#words = words;
    this.#keys = hashKeys;
    const size = 2 ** Math.ceil(Math.log2(2 * capacity));
    this.#positions = new Int32Array(size).fill(-1);
    this.#mask = size - 1;
    this.#references = new Int32Array(capacity);
    this.#free = new Int32Array(capacity);
    for (let id = 0; id < capacity; id++) this.#free[id] = capacity - 1 - id;
    this.#freeCount = capacity;
  }

  get capacity(): number {
    return this.#references.length;
  }

  /** Whether {@link reclaim} would make ids available. */
  get hasReleased(): boolean {
    return this.#quarantineCount > 0;
  }

  has(id: AddressId): boolean {
    return (this.#references[id] ?? 0) > 0;
  }

  /** The id of the socket address that starts at `words[at]`, or -1. */
  find(words: Int32Array, at: number): AddressId {
    let position = this.#hash(words, at) & this.#mask;
    for (;;) {
      const id = this.#positions[position] as number;
      if (id < 0) return UNKNOWN_ADDRESS;
      if (isSameKey(this.#words, id * SOCKADDR_STRIDE_WORDS, words, at)) return id;
      position = (position + 1) & this.#mask;
    }
  }

  /** Registers the socket address that starts at `words[at]`; -1 when no id is free. */
  register(words: Int32Array, at: number): AddressId {
    const known = this.find(words, at);
    if (known !== UNKNOWN_ADDRESS) {
      this.#references[known] = (this.#references[known] as number) + 1;
      return known;
    }
    if (this.#freeCount === 0) return UNKNOWN_ADDRESS;
    const id = this.#free[--this.#freeCount] as number;
    this.#words.set(words.subarray(at, at + SOCKADDR_STRIDE_WORDS), id * SOCKADDR_STRIDE_WORDS);
    let position = this.#hash(words, at) & this.#mask;
    while ((this.#positions[position] as number) >= 0) position = (position + 1) & this.#mask;
    this.#positions[position] = id;
    this.#references[id] = 1;
    return id;
  }

  /** Takes back one registration. Releasing what is not registered is a broken invariant and throws. */
  release(id: AddressId): void {
    const references = this.#references[id] ?? 0;
    if (references === 0) throw new Error(`address ${id} was released twice or never registered`);
    this.#references[id] = references - 1;
    if (references > 1) return;
    this.#remove(id);
    this.#quarantineCount++;
    this.#free[this.capacity - this.#quarantineCount] = id;
  }

  /** Nothing refers to released ids any more: they may be given out again. */
  reclaim(): void {
    for (; this.#quarantineCount > 0; this.#quarantineCount--) {
      this.#free[this.#freeCount++] = this.#free[this.capacity - this.#quarantineCount] as number;
    }
  }

  #remove(id: AddressId): void {
    let hole = this.#hash(this.#words, id * SOCKADDR_STRIDE_WORDS) & this.#mask;
    while (this.#positions[hole] !== id) hole = (hole + 1) & this.#mask;
    for (let next = (hole + 1) & this.#mask; (this.#positions[next] as number) >= 0; next = (next + 1) & this.#mask) {
      const candidate = this.#positions[next] as number;
      const home = this.#hash(this.#words, candidate * SOCKADDR_STRIDE_WORDS) & this.#mask;
      // It may move into the hole unless the hole lies before the position it hashes to.
      if (((next - home) & this.#mask) < ((next - hole) & this.#mask)) continue;
      this.#positions[hole] = candidate;
      hole = next;
    }
    this.#positions[hole] = -1;
  }

  #hash(words: Int32Array, at: number): number {
    const keys = this.#keys;
    const head = words[at] as number;
    let hash = Math.imul(head, keys[0] as number);
    if ((head & 0xffff) === LINUX.AF_INET) {
      hash += Math.imul(words[at + 1] as number, keys[1] as number);
    } else {
      hash += Math.imul(words[at + 2] as number, keys[1] as number);
      hash += Math.imul(words[at + 3] as number, keys[2] as number);
      hash += Math.imul(words[at + 4] as number, keys[3] as number);
      hash += Math.imul(words[at + 5] as number, keys[4] as number);
    }
    // The low bits of a product depend on low bits only; the position is taken from them, so fold the high ones in.
    hash ^= hash >>> 16;
    hash = Math.imul(hash, 0x85eb_ca6b);
    return hash ^ (hash >>> 13);
  }
}

/** Family, port and address are the key; flow information, scope and padding are not. */
function isSameKey(a: Int32Array, atA: number, b: Int32Array, atB: number): boolean {
  const head = a[atA] as number;
  if (head !== b[atB]) return false;
  if ((head & 0xffff) === LINUX.AF_INET) return a[atA + 1] === b[atB + 1];
  return a[atA + 2] === b[atB + 2] && a[atA + 3] === b[atB + 3] && a[atA + 4] === b[atB + 4] && a[atA + 5] === b[atB + 5];
}

function randomHashKeys(): Int32Array {
  return randomFillSync(new Int32Array(HASH_KEYS)).map((key) => key | 1);
}
