import { writeFileSync } from "node:fs";
import { SluiceError } from "@sluice/protocol";
import { isSet, ratioFlag, textFlag } from "../flags/read-flags.js";
import { checkDescriptors, descriptorLimit } from "../load/descriptor-limit.js";
import { formatMedia, formatMediaProgress } from "../load/media/format-media.js";
import { mediaPage } from "../load/media/media-page.js";
import { totalsOf } from "../load/media/media-plan.js";
import { MediaRun } from "../load/media/media-run.js";
import { summarizeMedia } from "../load/media/media-summary.js";
import { ProgressLine } from "../load/progress-line.js";
import { createStyle } from "../terminal/style.js";
import type { Command } from "./command.js";
import { CREDENTIAL_FLAGS } from "./credentials.js";
import { planLoadtest } from "./loadtest-plan.js";
import { URL_FLAG } from "./node-url.js";
import { DEFAULT_MAX_ERROR_RATE, errorRateExitCode, refusalError, runLoad } from "./run-load.js";

/** A WebSocket, and UDP of both families; behind a bad network two more. */
const SOCKETS_PER_MEMBER = 3;
const SOCKETS_IMPAIRED = 5;

export const loadtest: Command = {
  flags: [
    URL_FLAG,
    {
      usage: "--door <door>",
      meaning: "How to speak with the server: jsonrpc, or livekit, which LiveKit servers have as well (default: jsonrpc)",
    },
    ...CREDENTIAL_FLAGS,
    { usage: "--rooms <number>", meaning: "Rooms, all alike (default: 1)" },
    { usage: "--publishers <number>", meaning: "Who publishes video, in each room (default: 1)" },
    { usage: "--audio-publishers <number>", meaning: "Who publishes audio, in each room (default: 0)" },
    { usage: "--subscribers <number>", meaning: "Who receives, in each room (default: 10)" },
    {
      usage: "--hidden",
      meaning: "Subscribers are not told of each other, as in a broadcast: their signaling grows with their square otherwise",
    },
    { usage: "--bitrate <bitrate>", meaning: "Of each video, for example 800kbps (default: 1mbps)" },
    { usage: "--frame-rate <fps>", meaning: "Pictures a second of each video (default: 30)" },
    {
      usage: "--layout <layout>",
      meaning: "What a subscriber receives: grid, every video, or speaker, one; of audio all (default: grid)",
    },
    { usage: "--duration <duration>", meaning: "How long it is measured, once everybody has joined (default: 30s)" },
    { usage: "--join-rate <number>", meaning: "Participants that join a second (default: 50)" },
    {
      usage: "--sample <number>",
      meaning: "One subscriber of so many decrypts, repairs and measures delay, the others count (default: about 50 in all)",
    },
    { usage: "--impair <list>", meaning: "A bad network before each subscriber: loss=5%,delay=50ms,jitter=5ms,rate=2mbps" },
    { usage: "--room <name>", meaning: "How the names of the rooms begin (default: loadtest)" },
    { usage: "--timeout <duration>", meaning: "How long the first packet is waited for (default: 15s)" },
    { usage: "--processes <number>", meaning: "Processes that share the work (default: 1)" },
    {
      usage: "--max-error-rate <share>",
      meaning: "The exit code is 1 when more participants fail, for example 0.5% (default: 1%)",
    },
    { usage: "--html <file>", meaning: "Write the report as a page with plots, too" },
    {
      usage: "--json",
      meaning:
        "Print the report as one JSON object: deliveredPackets, sampled, counted, delay, join, firstPacket, errors and more",
    },
  ],
  notes: [
    "Every long flag may have one dash: -url. Everybody is on this machine and the delay is that of its clock, from the publisher's send to the",
    "subscriber's socket. Ctrl-C ends early with a report, and again at once. Nothing but --url, and where it sends media from, is connected to.",
  ].join("\n"),
  examples: [
    "loadtest --publishers 1 --subscribers 1000 --bitrate 500kbps --duration 60s --dev --html report.html",
    "loadtest --rooms 10 --publishers 4 --audio-publishers 8 --subscribers 8 --layout speaker --processes 2 --dev",
    "loadtest --door livekit --subscribers 20 --impair loss=5%,delay=50ms,rate=2mbps --dev",
  ],
  async run(flags, context) {
    const plan = planLoadtest(flags, context);
    const maxErrorRate = ratioFlag(flags, "max-error-rate") ?? DEFAULT_MAX_ERROR_RATE;
    const page = textFlag(flags, "html");
    const wanted = totalsOf(plan);
    const sockets =
      (wanted.publishers + wanted.subscribers) * (plan.impairment === undefined ? SOCKETS_PER_MEMBER : SOCKETS_IMPAIRED);
    checkDescriptors(sockets, plan.processes, descriptorLimit());
    const line = new ProgressLine(context.stderr, context.environment);
    const run = new MediaRun(plan, () => line.show(formatMediaProgress(plan, run.results, run.isMeasuring, run.measuredMs)));
    const ended = await runLoad(run, line);
    const summary = summarizeMedia(plan, run.results, ended, run.measuredMs, wanted);
    if (ended.type === "refused" && run.results.join.count === 0) throw new SluiceError("unavailable", ended.message);
    if (page !== undefined) writeFileSync(page, mediaPage(summary, plan, run.results));
    const text = formatMedia(summary, plan, createStyle(context.stdout, context.environment));
    context.stdout.write(isSet(flags, "json") ? `${JSON.stringify(summary)}\n` : text);
    if (ended.type === "refused") throw refusalError("participants", wanted.publishers + wanted.subscribers, ended);
    return errorRateExitCode("loadtest", summary.errorRate, maxErrorRate, context);
  },
};
