import type { IceCredentials, RouterOptions } from "@sluice/media";
import type { Room } from "../room/room.js";
import type { ToWorker } from "../worker/messages.js";
import type { ReadyWorker, WorkerPool } from "../worker/worker-pool.js";

export interface RoomWorkerOptions {
  readonly room: Room;
  readonly workers: WorkerPool;
  readonly audio: Required<RouterOptions>;
}

/** The worker on which a room's Router is; it has one from the first need on, and another when that one dies. */
export class RoomWorker {
  readonly #options: RoomWorkerOptions;
  #current: ReadyWorker | undefined;
  /** A worker was needed, or has died, and no other was ready. */
  #isAwaited = false;

  constructor(options: RoomWorkerOptions) {
    this.#options = options;
  }

  get current(): ReadyWorker | undefined {
    return this.#current;
  }

  /** To nobody while there is none. */
  send(command: ToWorker): void {
    this.#current?.send(command);
  }

  /** At the wanted one, unless it is open already. Undefined: none is ready. */
  open(wanted?: ReadyWorker): ReadyWorker | undefined {
    if (this.#current !== undefined) return this.#current;
    const { room, workers, audio } = this.#options;
    const worker = wanted ?? workers.pickWorker();
    if (worker === undefined) return undefined;
    this.#current = worker;
    this.#isAwaited = false;
    worker.send({
      type: "openRouter",
      routerId: room.roomId,
      options: { loudestSpeakers: audio.loudestSpeakers, activeLevel: audio.activeLevel },
    });
    return worker;
  }

  /** In the Router. */
  openTransport(transportId: string, localIce: IceCredentials): void {
    const { roomId } = this.#options.room;
    this.send({ type: "openTransport", routerId: roomId, transportId, parameters: { iceRole: "lite", localIce } });
  }

  /** There is something to do as soon as one is ready: see {@link handleReady}. */
  await(): void {
    this.#isAwaited = true;
  }

  handleDied(): void {
    this.#current = undefined;
    this.#isAwaited = true;
  }

  /** Some worker is ready. True: it was waited for, and the Router is there now. */
  handleReady(): boolean {
    return this.#isAwaited && this.open() !== undefined;
  }

  close(): void {
    this.send({ type: "closeRouter", routerId: this.#options.room.roomId });
    this.#current = undefined;
    this.#isAwaited = false;
  }
}
