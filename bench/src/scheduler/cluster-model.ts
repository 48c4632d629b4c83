import type { Placer } from "./placers/placer.js";
import { zipfSizes } from "./room-sizes.js";
import { seededRandom } from "./seeded-random.js";

/** As a busy evening has it. */
export const CLUSTER = {
  nodes: 50,
  /** Every fifth node is an older machine with three quarters of the others' cores. */
  slowEvery: 5,
  slowRatio: 0.75,
  rooms: 100_000,
  /** Share of all rooms that begins between two reports: all have come after ten minutes. */
  roomsPerReport: 1 / 200,
  reportSeconds: 3,
  /** Streams, for each room there will be, that keep a node busy: with all of them 50 nodes are half busy. */
  streamsPerRoom: 0.32,
  /** Other work of a node, per cent, up and down. */
  cpuNoise: 3,
} as const;

interface Room {
  readonly key: string;
  readonly streams: number;
  nodeId: string;
}

/** Rooms on nodes, in the care of one placer. The same seed gives the same rooms to each. */
export class ClusterModel {
  readonly #placer: Placer;
  readonly #roomsPerReport: number;
  /** Streams of a fast node. */
  readonly #capacity: number;
  readonly #random: () => number;
  readonly #nextSize: () => number;
  readonly #capacities = new Map<string, number>();
  readonly #streams = new Map<string, number>();
  #rooms: Room[] = [];
  #nextRoom = 0;
  #nextNode = 0;
  #sinceReport = 0;
  #seconds = 0;
  #keysMoved = 0;
  #keysMovedNeedlessly = 0;

  /** `rooms`: how many there will be. */
  constructor(placer: Placer, rooms: number, seed: number) {
    this.#placer = placer;
    this.#roomsPerReport = Math.ceil(rooms * CLUSTER.roomsPerReport);
    this.#capacity = rooms * CLUSTER.streamsPerRoom;
    this.#random = seededRandom(seed);
    this.#nextSize = zipfSizes(seededRandom(seed + 1));
  }

  /** Streams of each node. */
  get streams(): readonly number[] {
    return [...this.#streams.values()];
  }

  /** Per cent. */
  get hottestCpu(): number {
    return Math.max(...[...this.#streams.keys()].map((nodeId) => this.#cpuOf(nodeId)));
  }

  /** Of the rooms there are. */
  get keys(): readonly string[] {
    return this.#rooms.map(({ key }) => key);
  }

  addNodes(count: number): void {
    for (let index = 0; index < count; index++) {
      const number = this.#nextNode++;
      const nodeId = `node-${number}`;
      this.#capacities.set(nodeId, this.#capacity * (number % CLUSTER.slowEvery === 0 ? CLUSTER.slowRatio : 1));
      this.#streams.set(nodeId, 0);
      this.#placer.addNode(nodeId);
    }
    this.#followPlacer();
  }

  /** The rooms of the dead come back elsewhere. */
  killNodes(count: number): void {
    const dead = [...this.#streams.keys()].filter((_, index) => index % 7 === 3).slice(0, count);
    for (const nodeId of dead) {
      this.#streams.delete(nodeId);
      this.#placer.removeNode(nodeId);
    }
    if (this.#placer.hasTable) for (const room of this.#rooms) if (dead.includes(room.nodeId)) this.#move(room);
    this.#followPlacer();
  }

  beginRooms(count: number): void {
    for (let index = 0; index < count; index++) {
      const room: Room = { key: `room-${this.#nextRoom++}`, streams: this.#nextSize(), nodeId: "" };
      this.#rooms.push(room);
      this.#put(room);
    }
    this.#followPlacer();
  }

  endRooms(count: number): void {
    for (let index = 0; index < count; index++) {
      const which = Math.floor(this.#random() * this.#rooms.length);
      const room = this.#rooms[which];
      const last = this.#rooms.pop();
      if (room === undefined || last === undefined) return;
      if (room !== last) this.#rooms[which] = last;
      this.#add(room.nodeId, -room.streams);
    }
    this.#report();
  }

  /** Rooms whose node has changed since the last call; needlessly where it was not the node that died. */
  takeMoved(): { readonly keysMoved: number; readonly keysMovedNeedlessly: number } {
    const taken = { keysMoved: this.#keysMoved, keysMovedNeedlessly: this.#keysMovedNeedlessly };
    this.#keysMoved = 0;
    this.#keysMovedNeedlessly = 0;
    return taken;
  }

  /** Per cent of the rooms which somebody without a table would look for on the right node. */
  foundWithoutTable(): number {
    const found = this.#rooms.filter(({ key, nodeId }) => this.#placer.choose(key) === nodeId).length;
    return (100 * found) / this.#rooms.length;
  }

  /** Without a table, rooms are where the placer says now. */
  #followPlacer(): void {
    if (this.#placer.hasTable) return;
    for (const room of this.#rooms) if (this.#placer.choose(room.key) !== room.nodeId) this.#move(room);
  }

  #move(room: Room): void {
    const isAlive = this.#streams.has(room.nodeId);
    if (isAlive) this.#add(room.nodeId, -room.streams);
    this.#keysMoved += 1;
    if (isAlive) this.#keysMovedNeedlessly += 1;
    this.#put(room);
  }

  #put(room: Room): void {
    room.nodeId = this.#placer.choose(room.key);
    this.#placer.handlePlaced(room.nodeId);
    this.#add(room.nodeId, room.streams);
    this.#sinceReport += 1;
    if (this.#sinceReport >= this.#roomsPerReport) this.#report();
  }

  #add(nodeId: string, streams: number): void {
    this.#streams.set(nodeId, (this.#streams.get(nodeId) ?? 0) + streams);
  }

  #report(): void {
    this.#sinceReport = 0;
    this.#seconds += CLUSTER.reportSeconds;
    const reports = [...this.#streams].map(([nodeId, streams]) => {
      const noise = (this.#random() * 2 - 1) * CLUSTER.cpuNoise;
      return { nodeId, streams, cpuPercent: Math.max(0, this.#cpuOf(nodeId) + noise) };
    });
    this.#placer.handleReports(reports, this.#seconds);
  }

  #cpuOf(nodeId: string): number {
    const share = (this.#streams.get(nodeId) ?? 0) / (this.#capacities.get(nodeId) ?? this.#capacity);
    return Math.min(100, 100 * share);
  }
}
