import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { SluiceError } from "@sluice/protocol";
import type { Log } from "../log/log.js";
import type { NodeProfiler, ProfiledProcess } from "../profiling/node-profiler.js";
import { MAX_PROFILE_SECONDS, type ProfileKind } from "../profiling/profile-request.js";
import { type AdminRoute, refuse } from "./admin-server.js";

/** By the last part of the path, which is as Go's pprof calls it where that has such a thing. */
export const PROFILES: Readonly<Record<string, { readonly kind: ProfileKind; readonly suffix: string }>> = {
  profile: { kind: "cpu", suffix: "cpuprofile" },
  heap: { kind: "heap", suffix: "heapsnapshot" },
  allocs: { kind: "allocations", suffix: "heapprofile" },
  delay: { kind: "delay", suffix: "json" },
};

const DEFAULT_SECONDS = 30;
const STATUS_OF = { invalidArgument: 400, notFound: 404, failedPrecondition: 409, unavailable: 503 } as const;

/** `GET /debug/pprof/…?process=worker-0&seconds=30`. */
export function profileRoutes(token: string, profiler: NodeProfiler, log: Log): [path: string, route: AdminRoute][] {
  return Object.entries(PROFILES).map(([name, { kind, suffix }]) => {
    const answer = (request: IncomingMessage, response: ServerResponse) =>
      answerProfile(profiler, kind, suffix, log, request, response);
    return [`/debug/pprof/${name}`, { token, answer }];
  });
}

async function answerProfile(
  profiler: NodeProfiler,
  kind: ProfileKind,
  suffix: string,
  log: Log,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  try {
    const { searchParams } = new URL(request.url ?? "", "http://node");
    const process = readProcess(searchParams.get("process"));
    const seconds = kind === "heap" ? 0 : readSeconds(searchParams.get("seconds"));
    const name = process === "control" ? process : `worker-${process}`;
    log.warn({ process: name, kind, seconds }, "a profile is taken");
    await profiler.take({ process, kind, seconds }, gone.signal, async (file) => {
      if (gone.signal.aborted) return;
      const { size } = await stat(file);
      response.writeHead(200, {
        "Content-Type": "application/json",
        "Content-Length": size,
        "Content-Disposition": `attachment; filename="sluice-${name}.${suffix}"`,
      });
      await pipeline(createReadStream(file), response);
    });
  } catch (error) {
    // Who asked has gone away: nobody is to be told.
    if (gone.signal.aborted) return;
    if (!(error instanceof SluiceError) || !(error.code in STATUS_OF)) throw error;
    refuse(response, STATUS_OF[error.code as keyof typeof STATUS_OF], error.message);
  }
}

function readProcess(text: string | null): ProfiledProcess {
  const [, index] = /^worker-(\d{1,3})$/.exec(text ?? "worker-0") ?? [];
  if (index !== undefined) return Number(index);
  if (text !== "control") throw new SluiceError("invalidArgument", 'process: "control", or "worker-0" and so on');
  return text;
}

function readSeconds(text: string | null): number {
  if (text === null) return DEFAULT_SECONDS;
  const seconds = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (seconds < 1 || seconds > MAX_PROFILE_SECONDS) {
    throw new SluiceError("invalidArgument", `seconds: a whole number of 1–${MAX_PROFILE_SECONDS}`);
  }
  return seconds;
}
