import { closeSync, openSync, writeFileSync, writeSync } from "node:fs";
import { Session } from "node:inspector/promises";
import type { Histogram } from "../telemetry/histogram.js";
import { DelayRecording } from "./delay-report.js";
import type { ProfileRequest } from "./profile-request.js";

/** Between two looks at what a process does, µs. */
const CPU_INTERVAL_US = 1_000;
/** Of what is allocated, one object in so many bytes is looked at. */
const ALLOCATION_INTERVAL_BYTES = 32_768;
/** A profile tells what the process works with; nobody else on the machine may read it. */
const FILE_MODE = 0o600;

/** Profiles the process that it is in, through V8's inspector, to which nobody can connect: there is no port. */
export class ProcessProfiler {
  readonly #packets: Histogram | undefined;

  /** `packets`: see {@link DelayRecording}. */
  constructor(packets?: Histogram) {
    this.#packets = packets;
  }

  /**
   * Resolves when the profile is in its file; an abort ends the looking early, and what was seen by then is written. A heap stops
   * the process until it is written.
   *
   * @throws Error when the file cannot be written, or is there already
   */
  async take({ kind, seconds, file }: ProfileRequest, signal: AbortSignal): Promise<void> {
    switch (kind) {
      case "cpu":
        return this.#withSession((session) => writeCpuProfile(session, seconds, file, signal));
      case "heap":
        return this.#withSession((session) => writeHeapSnapshot(session, file));
      case "allocations":
        return this.#withSession((session) => writeAllocations(session, seconds, file, signal));
      case "delay": {
        const recording = new DelayRecording(this.#packets);
        await elapsed(seconds, signal);
        writeJson(file, recording.stop());
      }
    }
  }

  async #withSession(run: (session: Session) => Promise<void>): Promise<void> {
    const session = new Session();
    session.connect();
    try {
      await run(session);
    } finally {
      session.disconnect();
    }
  }
}

async function writeCpuProfile(session: Session, seconds: number, file: string, signal: AbortSignal): Promise<void> {
  await session.post("Profiler.enable");
  await session.post("Profiler.setSamplingInterval", { interval: CPU_INTERVAL_US });
  await session.post("Profiler.start");
  await elapsed(seconds, signal);
  const { profile } = await session.post("Profiler.stop");
  writeJson(file, profile);
}

async function writeAllocations(session: Session, seconds: number, file: string, signal: AbortSignal): Promise<void> {
  await session.post("HeapProfiler.enable");
  await session.post("HeapProfiler.startSampling", {
    samplingInterval: ALLOCATION_INTERVAL_BYTES,
    // All that was allocated meanwhile, not only what is still there.
    includeObjectsCollectedByMajorGC: true,
    includeObjectsCollectedByMinorGC: true,
  });
  await elapsed(seconds, signal);
  const { profile } = await session.post("HeapProfiler.stopSampling");
  writeJson(file, profile);
}

/** Piece by piece, as V8 makes them: the text is several times as large as the heap. */
async function writeHeapSnapshot(session: Session, file: string): Promise<void> {
  const descriptor = openSync(file, "wx", FILE_MODE);
  let failure: unknown;
  try {
    session.on("HeapProfiler.addHeapSnapshotChunk", ({ params }) => {
      try {
        if (failure === undefined) writeAll(descriptor, Buffer.from(params.chunk, "utf8"));
      } catch (error) {
        failure = error;
      }
    });
    await session.post("HeapProfiler.takeHeapSnapshot", { reportProgress: false });
  } finally {
    closeSync(descriptor);
  }
  if (failure !== undefined) throw failure;
}

function writeAll(descriptor: number, bytes: Buffer): void {
  let written = 0;
  while (written < bytes.length) written += writeSync(descriptor, bytes, written);
}

function writeJson(file: string, value: object): void {
  writeFileSync(file, JSON.stringify(value), { mode: FILE_MODE, flag: "wx" });
}

function elapsed(seconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, seconds * 1000);
    const end = () => {
      clearTimeout(timer);
      resolve();
    };
    if (signal.aborted) end();
    else signal.addEventListener("abort", end, { once: true });
  });
}
