import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SluiceError } from "@sluice/protocol";
import type { ProcessProfiler } from "./process-profiler.js";
import type { ProfileKind, ProfileRequest } from "./profile-request.js";

/** The media workers, as far as they are profiled. */
export interface ProfiledWorkers {
  readonly count: number;
  /** Throws SluiceError `unavailable` when the worker is not there, dies meanwhile, or cannot write the file. */
  profile(index: number, request: ProfileRequest, signal: AbortSignal): Promise<void>;
}

/** The control process, or the index of a worker. */
export type ProfiledProcess = "control" | number;

export interface NodeProfile {
  readonly process: ProfiledProcess;
  readonly kind: ProfileKind;
  readonly seconds: number;
}

/** Profiles the processes of a node, one at a time: two would see each other. */
export class NodeProfiler {
  readonly #control: ProcessProfiler;
  readonly #workers: ProfiledWorkers;
  #current: NodeProfile | undefined;

  constructor(control: ProcessProfiler, workers: ProfiledWorkers) {
    this.#control = control;
    this.#workers = workers;
  }

  /**
   * Takes a profile and hands its file to `use`, after which the file is gone.
   *
   * @throws SluiceError `notFound` for a process that there is not, `failedPrecondition` while another profile is taken,
   *   `unavailable` when the process ends meanwhile or cannot write
   */
  async take(profile: NodeProfile, signal: AbortSignal, use: (file: string) => Promise<void>): Promise<void> {
    const { process, kind, seconds } = profile;
    if (process !== "control" && process >= this.#workers.count) {
      throw new SluiceError("notFound", `there is no worker ${process}: this node has ${this.#workers.count}, from 0 on`);
    }
    if (this.#current !== undefined) {
      const { process: other, kind: what } = this.#current;
      const name = other === "control" ? "the control process" : `worker ${other}`;
      throw new SluiceError("failedPrecondition", `a profile (${what}) of ${name} is being taken: try again when it has ended`);
    }
    this.#current = profile;
    let folder: string | undefined;
    try {
      folder = await mkdtemp(join(tmpdir(), "sluice-profile-"));
      const request = { kind, seconds, file: join(folder, "profile") };
      if (process === "control") await this.#control.take(request, signal);
      else await this.#workers.profile(process, request, signal);
      await use(request.file);
    } catch (error) {
      if (!isFileError(error)) throw error;
      throw new SluiceError("unavailable", `${error.message}; TMPDIR names a folder with room for it`, { cause: error });
    } finally {
      this.#current = undefined;
      if (folder !== undefined) await rm(folder, { recursive: true, force: true });
    }
  }
}

function isFileError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "syscall" in error;
}
