import type { MediaEvent } from "@sluice/media";
import type { ReadyWorker } from "../../worker/worker-pool.js";
import type { Clock } from "../clock.js";
import type { Entropy } from "../entropy.js";
import type { LiveProducer } from "../live-producers.js";
import type { RoomSession } from "../room-session.js";
import { type PipedProducer, WorkerPipe } from "./worker-pipe.js";

/** A track of one room whose media comes from another. */
export interface MediaPath {
  readonly source: RoomSession;
  readonly destination: RoomSession;
  /** In the destination. */
  readonly trackId: string;
  /** Of the same track where it comes from. */
  readonly original: LiveProducer;
}

/** One that goes from worker to worker. */
interface PipedPath {
  readonly destination: RoomSession;
  readonly pipe: WorkerPipe;
  readonly piped: PipedProducer;
}

export interface MediaPathsOptions {
  readonly clock: Clock;
  readonly entropy: Entropy;
}

/**
 * Brings the media of forwarded tracks from one room's Router to another's: a copy where both are at one worker, else through the
 * pipe between the two, which is there as long as something goes through it.
 */
export class MediaPaths {
  readonly #options: MediaPathsOptions;
  readonly #pipes = new Set<WorkerPipe>();
  /** By the track's id in the destination. */
  readonly #piped = new Map<string, PipedPath>();

  constructor(options: MediaPathsOptions) {
    this.#options = options;
  }

  /** In the place of what the track had before. A room that is at no worker yet goes to that of the source. */
  open({ source, destination, trackId, original }: MediaPath): void {
    const from = source.media.worker;
    if (from === undefined) return;
    this.forget(trackId);
    const { media } = destination;
    const to = media.openRouter(from);
    const arriving = to === from ? original : this.#carry(destination, trackId, original, from, to);
    destination.command(() => media.producers.openCopy(trackId, arriving, this.#options.clock.now()));
  }

  close({ destination, trackId }: Pick<MediaPath, "destination" | "trackId">): void {
    this.forget(trackId);
    destination.command(() => destination.media.producers.closeCopy(trackId, this.#options.clock.now()));
  }

  /** The track is gone, and its Producer with it. */
  forget(trackId: string): void {
    const path = this.#piped.get(trackId);
    if (path === undefined) return;
    this.#piped.delete(trackId);
    path.pipe.end(path.piped);
    if (!path.pipe.isUsed) this.#close(path.pipe);
  }

  /** Of what belongs to no room. A pipe that has failed is replaced. */
  handleMediaEvent(event: MediaEvent): void {
    if (event.type !== "transportState" || event.state.type !== "closed") return;
    const { transportId } = event;
    for (const pipe of [...this.#pipes]) if (transportId.startsWith(`${pipe.pipeId}:`)) this.#lose(pipe);
  }

  handleWorkerDied(worker: ReadyWorker): void {
    for (const pipe of [...this.#pipes]) if (pipe.workers.includes(worker)) this.#lose(pipe);
  }

  #carry(destination: RoomSession, trackId: string, original: LiveProducer, from: ReadyWorker, to: ReadyWorker): LiveProducer {
    let pipe = [...this.#pipes].find((each) => each.connects(from, to));
    if (pipe === undefined) {
      pipe = new WorkerPipe(from, to, this.#options.entropy);
      this.#pipes.add(pipe);
    }
    const piped = pipe.carry(original, from);
    this.#piped.set(trackId, { destination, pipe, piped });
    return piped.arriving;
  }

  /** Whatever went through it is without media; whose tracks they are is told so, and opens other paths. */
  #lose(pipe: WorkerPipe): void {
    const lost = [...this.#piped].filter(([, path]) => path.pipe === pipe);
    for (const [trackId] of lost) this.#piped.delete(trackId);
    this.#close(pipe);
    for (const [trackId, { destination }] of lost) this.close({ destination, trackId });
  }

  #close(pipe: WorkerPipe): void {
    this.#pipes.delete(pipe);
    pipe.close();
  }
}
