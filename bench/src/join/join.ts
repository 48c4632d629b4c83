import { loadavg } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { Bots, Browser, NodeProcess } from "@sluice/interop";
import { percentile, round } from "../summary.js";
import { JOIN_CLIENTS, type JoinClient, measureJoin } from "./join-client.js";
import { JOIN_STAGES, type JoinMarks } from "./join-marks.js";
import type { JoinResult } from "./join-result.js";
import { joinTable } from "./join-table.js";

const DEFAULT_RUNS = 15;
const ROOM = "join";
const PICTURE = { width: 640, height: 360, framesPerSecond: 30 };
/** Between two joins, ms: the page before is gone and the machine quiet. */
const PAUSE_MS = 300;

/**
 * `npm run bench -- join [--runs N] [--json]`: from `connect` to the first decoded frame in Chromium, in a room where somebody
 * publishes and somebody watches already. The clients take turns; what each did first does not count.
 */
export async function benchJoin(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: { runs: { type: "string" }, json: { type: "boolean" } },
    strict: false,
  });
  const runs = Number(values.runs ?? DEFAULT_RUNS);
  if (process.env.SLUICE_CHROMIUM === undefined) {
    process.stderr.write("join: chromium is not installed (nor named by SLUICE_CHROMIUM), so there is nothing to measure.\n");
    return;
  }
  const node = await NodeProcess.start(1);
  const browser = await Browser.launch({ hasDevices: false });
  const bots = new Bots();
  try {
    const publisher = await browser.openClient(node.url, { room: ROOM, identity: "publisher" });
    await publisher.publishCounter(PICTURE, { codec: "vp8", simulcast: false });
    await bots.join(node, ROOM, "watcher", { publish: [] });
    const marks = new Map<JoinClient, JoinMarks[]>(JOIN_CLIENTS.map((client) => [client, []]));
    for (let run = 0; run <= runs; run++) {
      if (process.stderr.isTTY) process.stderr.write(`\rjoin ${run}/${runs} `);
      for (const client of JOIN_CLIENTS) {
        await delay(PAUSE_MS);
        const measured = await measureJoin(browser, node, client, ROOM);
        if (run > 0) marks.get(client)?.push(measured);
      }
    }
    const results = [...marks].map(([client, measured]) => summarize(client, measured));
    if (values.json === true) for (const result of results) console.log(JSON.stringify(result));
    else console.log(joinTable(results));
    for (const complaint of [...node.complaints, ...bots.complaints]) process.stderr.write(`${complaint}\n`);
  } finally {
    await bots.close();
    await browser.close();
    await node.close();
  }
}

function summarize(client: JoinClient, measured: readonly JoinMarks[]): JoinResult {
  const at = (stage: keyof JoinMarks, ratio: number) =>
    Math.round(
      percentile(
        measured.map((marks) => marks[stage]),
        ratio,
      ),
    );
  return {
    bench: "join",
    client,
    runs: measured.length,
    p50Ms: at("decoded", 0.5),
    p90Ms: at("decoded", 0.9),
    stagesMs: Object.fromEntries(JOIN_STAGES.map((stage) => [stage, at(stage, 0.5)])) as JoinMarks,
    loadAverage: round(loadavg()[0] ?? 0, 2),
  };
}
