import { type ErrorCode, SluiceError } from "@sluice/protocol";
import type { WebSocket } from "ws";
import type { Clock } from "../../session/clock.js";
import { PING_INTERVAL_MS } from "../../session/rooms.js";

/** A connection of any door, as far as its door has to do with it. */
export interface DoorConnection {
  close(code: ErrorCode, reason: string): void;
  /** Without waiting for the other side. */
  terminate(): void;
  /** Once per heartbeat interval. */
  handleHeartbeat(maxSilentIntervals: number): void;
}

/** Heartbeat intervals after which a silent connection is dropped. */
const MAX_SILENT_INTERVALS = 3;

/**
 * Pulses in a heartbeat interval, and the least between two, ms. Each has its share of the connections: thousands of pings in one go, and the answers that come
 * back at once, would be a stall that everybody else's requests wait for.
 */
const MAX_PULSES = 50;
const MIN_PULSE_MS = 20;

/** The open connections of one door: they have one heartbeat each interval, spread over it, and end together. */
export class DoorConnections<C extends DoorConnection> {
  readonly #clock: Clock;
  readonly #pulseMs: number;
  /** By the pulse at which they have their heartbeat. */
  readonly #connections: readonly Set<C>[];
  #nextPulse = 0;
  #nextPlace = 0;
  #cancelPulse: () => void;
  #isClosing = false;

  constructor(clock: Clock, heartbeatIntervalMs = PING_INTERVAL_MS) {
    this.#clock = clock;
    const pulses = Math.min(Math.max(Math.floor(heartbeatIntervalMs / MIN_PULSE_MS), 1), MAX_PULSES);
    this.#pulseMs = heartbeatIntervalMs / pulses;
    this.#connections = Array.from({ length: pulses }, () => new Set());
    this.#cancelPulse = this.#schedulePulse();
  }

  get count(): number {
    return this.#connections.reduce((sum, { size }) => sum + size, 0);
  }

  /** Throws SluiceError `unavailable` once they are closed: then no new ones come. */
  checkServing(): void {
    if (this.#isClosing) throw new SluiceError("unavailable", "this node is shutting down");
  }

  /** Until `socket` closes. */
  add(connection: C, socket: WebSocket): void {
    const connections = this.#placeAt(this.#nextPlace++);
    connections.add(connection);
    socket.once("close", () => connections.delete(connection));
    if (this.#isClosing) connection.close("unavailable", "node shutdown");
  }

  /** No new connections; those that are there are told. */
  close(): void {
    this.#isClosing = true;
    this.#cancelPulse();
    for (const connection of this.#all()) connection.close("unavailable", "node shutdown");
  }

  /** After {@link close}: who has not answered its farewell by now is not waited for. */
  terminate(): void {
    for (const connection of this.#all()) connection.terminate();
  }

  #schedulePulse(): () => void {
    return this.#clock.schedule(this.#pulseMs, () => {
      for (const connection of this.#placeAt(this.#nextPulse++)) connection.handleHeartbeat(MAX_SILENT_INTERVALS);
      this.#cancelPulse = this.#schedulePulse();
    });
  }

  #placeAt(turn: number): Set<C> {
    return this.#connections[turn % this.#connections.length] as Set<C>;
  }

  *#all(): Generator<C> {
    for (const place of this.#connections) yield* place;
  }
}
