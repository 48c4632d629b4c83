import type { ReceivedData, SluiceError } from "@sluice/protocol";
import type { HeadlessParticipant } from "../participant/headless-participant.js";
import type { TrackReport } from "../participant/track-meter.js";
import { plainText } from "../terminal/plain-text.js";
import { createStyle, type Style } from "../terminal/style.js";
import type { CommandContext } from "./command.js";

/** Between two rounds of report lines, ms. */
export const REPORT_INTERVAL_MS = 1_000;

/** Of a data message, bytes: more would bury everything else. */
const MAX_SHOWN_BYTES = 200;

/** What a participant shows of itself. */
export type ReportedParticipant = Pick<HeadlessParticipant, "identity" | "roomName" | "totals" | "localTracks" | "takeReports">;

export interface JoinReporterOptions {
  readonly isJson: boolean;
  readonly isSubscribing: boolean;
  readonly hasSeveral: boolean;
  /** Monotonic, ms. Default: of the machine. */
  readonly nowMs?: () => number;
}

/** What `sluice join` prints: results on stdout, everything else on stderr. */
export class JoinReporter {
  readonly #context: CommandContext;
  readonly #isJson: boolean;
  readonly #isSubscribing: boolean;
  readonly #hasSeveral: boolean;
  readonly #style: Style;
  readonly #nowMs: () => number;
  readonly #startedMs: number;
  #reportedMs: number;
  /** Who, by name, is being repaired. */
  readonly #repairing = new Set<string>();

  constructor(options: JoinReporterOptions, context: CommandContext) {
    const { isJson, isSubscribing, hasSeveral, nowMs = () => performance.now() } = options;
    this.#context = context;
    this.#isJson = isJson;
    this.#isSubscribing = isSubscribing;
    this.#hasSeveral = hasSeveral;
    this.#style = createStyle(context.stdout, context.environment);
    this.#nowMs = nowMs;
    this.#startedMs = nowMs();
    this.#reportedMs = this.#startedMs;
  }

  handleJoined({ identity, roomName, localTracks }: ReportedParticipant): void {
    const published = localTracks.map(({ codec }) => codec.name).join(" and ") || "nothing";
    this.#note(`${identity} joined room ${roomName}, publishing ${published}`);
  }

  handleRepair(name: string, cause: "signaling" | "media" | undefined): void {
    if (cause !== undefined) {
      this.#repairing.add(name);
      this.#note(`${name}: ${cause} lost, reconnecting`);
    } else if (this.#repairing.delete(name)) {
      this.#note(`${name}: connected again`);
    }
  }

  handleError(name: string, error: SluiceError): void {
    this.#note(`${name}: ${error.message}`);
  }

  /** One line, with the beginning of the message as text. */
  handleData(name: string, { from, topic, data }: ReceivedData): void {
    const text = Buffer.from(data.subarray(0, MAX_SHOWN_BYTES)).toString("utf8");
    const bot = this.#hasSeveral ? name : undefined;
    // By the server's API there is nobody.
    const sender = from === "" ? "the server" : plainText(from);
    if (this.#isJson) {
      this.#print(JSON.stringify({ from, topic, bytes: data.length, text, ...(bot === undefined ? {} : { bot }) }));
      return;
    }
    const shown = plainText(JSON.stringify(text));
    const about = topic === "" ? "" : ` ${plainText(JSON.stringify(topic))}`;
    this.#print(`${bot === undefined ? "" : `${bot} `}${this.#style.dim(sender)} data${about}: ${data.length} bytes ${shown}`);
  }

  /** One line for each track that is received. */
  report(participants: readonly ReportedParticipant[]): void {
    this.#reportedMs = this.#nowMs();
    if (!this.#isSubscribing) return;
    for (const participant of participants) {
      for (const report of participant.takeReports()) {
        const bot = this.#hasSeveral ? participant.identity : undefined;
        this.#print(this.#isJson ? JSON.stringify(bot === undefined ? report : { ...report, bot }) : this.#line(report, bot));
      }
    }
  }

  /** What came since the last {@link report}, unless that was a moment ago: a line about no time at all would say 0 bit/s. */
  reportRest(participants: readonly ReportedParticipant[]): void {
    if (this.#nowMs() - this.#reportedMs >= REPORT_INTERVAL_MS / 2) this.report(participants);
  }

  /** The last line. */
  summarize(participants: readonly ReportedParticipant[]): void {
    const sum = (of: (participant: ReportedParticipant) => number) => participants.reduce((total, each) => total + of(each), 0);
    const summary = {
      durationMs: Math.round(this.#nowMs() - this.#startedMs),
      participants: participants.length,
      packetsSent: sum(({ localTracks }) => localTracks.reduce((total, track) => total + track.packetsSent, 0)),
      tracks: sum(({ totals }) => totals.tracks),
      packets: sum(({ totals }) => totals.packets),
      lost: sum(({ totals }) => totals.lost),
    };
    if (this.#isJson) {
      this.#print(JSON.stringify({ summary }));
      return;
    }
    const { durationMs, packetsSent, tracks, packets, lost } = summary;
    const received = this.#isSubscribing ? `; received ${packets} packets of ${tracks} tracks, ${lost} lost` : "";
    this.#print(this.#style.bold(`${(durationMs / 1_000).toFixed(1)} s: sent ${packetsSent} packets${received}`));
  }

  #line({ track, kind, codec, packets, lost, bitrateBps, frames, jitterMs }: TrackReport, bot: string | undefined): string {
    const { dim, red } = this.#style;
    const losses = lost > 0 ? red(`${lost} lost`) : `${lost} lost`;
    const numbers = `${packets} packets, ${losses}, ${frames} frames, ${Math.round(bitrateBps / 1_000)} kbit/s, jitter ${jitterMs} ms`;
    return `${bot === undefined ? "" : `${bot} `}${dim(track)} ${kind} ${codec || "-"}: ${numbers}`;
  }

  #print(line: string): void {
    this.#context.stdout.write(`${line}\n`);
  }

  #note(line: string): void {
    this.#context.stderr.write(`${line}\n`);
  }
}
