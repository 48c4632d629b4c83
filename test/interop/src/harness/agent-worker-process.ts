/** A worker of LiveKit's agent framework, unchanged, with the echo agent. Options as JSON in the first argument. */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { initializeLogger, Worker, WorkerOptions } from "@livekit/agents";
import { serveParent } from "./serve-parent.js";

interface AgentWorkerOptions {
  /** Of the node: http or ws. */
  readonly url: string;
  readonly key: string;
  readonly secret: string;
  readonly agentName: string;
}

function parseId(text: string): number[] {
  return text.trim() === "" ? [] : [Number(text)];
}

const { url, key, secret, agentName } = JSON.parse(process.argv[2] ?? "") as AgentWorkerOptions;
initializeLogger({ pretty: false, level: "error" });
const worker = new Worker(
  new WorkerOptions({
    agent: fileURLToPath(new URL("echo-agent.js", import.meta.url)),
    wsURL: url,
    apiKey: key,
    apiSecret: secret,
    agentName,
    host: "127.0.0.1",
    numIdleProcesses: 1,
    // However busy the machine is that runs the tests.
    loadFunc: async () => 0.1,
  }),
);
const registered = new Promise((resolve) => worker.event.once("worker_registered", resolve));
void worker.run();
await registered;
serveParent({
  activeJobs: async () => worker.activeJobs.map(({ job }) => job.id),
  jobProcessIds: async () => (await readFile(`/proc/self/task/${process.pid}/children`, "utf8")).split(" ").flatMap(parseId),
});
