import type { Clock } from "../../../session/clock.js";
import type { RegistryStore } from "../registry-store.js";

/** One node's way to the store under test. */
export interface FixtureLink {
  readonly store: RegistryStore;
  /** Nothing gets through, and nobody is told. */
  cut(): void;
  heal(): void;
}

/** A store with everything around it that the contract suite does to one. */
export interface RegistryFixture {
  readonly clock: Clock;
  link(): Promise<FixtureLink>;
  /** Lets time pass until `condition` holds; fails when that takes more than `timeoutMs`. */
  eventually(condition: () => boolean, timeoutMs: number, what: string): Promise<void>;
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Forgets all that has happened so far. */
  compact(): Promise<void>;
  /** Writes, or deletes, as no node of ours would. */
  writeForeign(key: Uint8Array, value: Uint8Array | undefined): Promise<void>;
  /** Ends the lease that `key` is under, behind the back of whoever has it. */
  endLeaseOf(key: string): Promise<void>;
  close(): Promise<void>;
}
