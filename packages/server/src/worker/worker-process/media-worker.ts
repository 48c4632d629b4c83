import { MediaCore, type MediaEvent, type NtpTime, ntpFromUnixMs } from "@sluice/media";
import { monotonicNow } from "@sluice/native";
import { ProcessProfiler } from "../../profiling/process-profiler.js";
import type { ProfileRequest } from "../../profiling/profile-request.js";
import { PARTICIPANT_DATA_RATES } from "../../room/data-budget.js";
import { createWallClock } from "../../telemetry/wall-clock.js";
import type { FromWorker, ToWorker, TracedCommand } from "../messages.js";
import type { WorkerOptions } from "../worker-options.js";
import { applyCommand, isMediaCommand, type MediaCommand, objectOf } from "./apply-command.js";
import { hostCandidates, localCandidates } from "./host-candidates.js";
import { LoadMeter } from "./load-meter.js";
import { openPacketPath, type PacketPathParts } from "./packet-path.js";
import { collectStatistics } from "./statistics.js";
import { ForwardingDelays, WorkerMeter } from "./worker-meter.js";

/** How often the core's deadlines are looked at, ms; the core itself works in steps of 10 ms. */
const TICK_MS = 10;

const LOAD_INTERVAL_MS = 1000;

/** Data messages that are on their way to the control process at most, bytes; beyond it their senders wait. A few tens of ms of the channel. */
const DATA_CREDIT_BYTES = 4_194_304;

type Send = (message: FromWorker, onSent?: () => void) => void;

/**
 * One media worker: sockets, timers and the IPC channel around a {@link MediaCore}. All it does is carry: datagrams and time to
 * the core, commands from the control process to it, and its events back.
 */
export class MediaWorker {
  readonly core: MediaCore;
  readonly #parts: PacketPathParts;
  readonly #send: Send;
  readonly #load: LoadMeter;
  readonly #meter: WorkerMeter | undefined;
  readonly #profiler: ProcessProfiler;
  /** Those that are being taken, by the request. */
  readonly #profiles = new Map<number, AbortController>();
  readonly #tick: NodeJS.Timeout;
  readonly #loadTimer: NodeJS.Timeout;
  readonly #unixUs = createWallClock();
  /** Events wait that came between two ticks. */
  #isDrainDue = false;

  private constructor(
    options: WorkerOptions,
    parts: PacketPathParts,
    forwardingDelays: ForwardingDelays | undefined,
    send: Send,
  ) {
    this.#parts = parts;
    this.#send = send;
    const ntpAtOrigin = (ntpFromUnixMs(Date.now()) - performance.now()) as NtpTime;
    const { retransmissionTtlMs, audioLevelIntervalMs } = options;
    const { memory, pool, udp, tcp, crypto, dtls } = parts;
    this.core = new MediaCore({
      memory,
      pool,
      egress: udp,
      crypto,
      dtls,
      ntpAtOrigin,
      retransmissionTtlMs,
      audioLevelIntervalMs,
      dataCreditBytes: DATA_CREDIT_BYTES,
      dataRates: PARTICIPANT_DATA_RATES,
      onEvent: () => this.#handleFirstEvent(),
    });
    this.#load = new LoadMeter(this.core, udp, tcp, forwardingDelays?.histogram);
    if (forwardingDelays !== undefined) {
      this.#meter = new WorkerMeter({ index: options.index, core: this.core, parts, forwardingDelays });
    }
    this.#profiler = new ProcessProfiler(forwardingDelays?.histogram);
    udp.start(this.core);
    tcp?.start(this.core, () => udp.flush());
    this.#tick = setInterval(() => this.#handleTick(), TICK_MS);
    this.#loadTimer = setInterval(() => this.#handleSecond(), LOAD_INTERVAL_MS);
  }

  /** Opens the sockets; the first message sent is `ready`. */
  static async open(options: WorkerOptions, send: Send): Promise<MediaWorker> {
    const forwardingDelays = options.isMetered === true ? new ForwardingDelays() : undefined;
    const parts = await openPacketPath(options, forwardingDelays?.handleBatchSent);
    const worker = new MediaWorker(options, parts, forwardingDelays, send);
    send({
      type: "ready",
      fingerprint: parts.dtls.fingerprint,
      candidates: hostCandidates(options.announcedIps, parts.udp.localAddresses, parts.tcp?.localAddresses ?? []),
      localCandidates: localCandidates(parts.udp.localAddresses),
      packetPath: parts.description,
    });
    return worker;
  }

  handleMessage(message: ToWorker): void {
    switch (message.type) {
      case "getStatistics":
        this.#send({
          type: "statistics",
          requestId: message.requestId,
          statistics: collectStatistics(this.core, this.#parts, monotonicNow()),
        });
        return;
      case "getMetrics":
        this.#send({ type: "metrics", requestId: message.requestId, readings: this.#meter?.read() ?? [] });
        return;
      case "profile":
        void this.#profile(message.requestId, message.request);
        return;
      case "endProfile":
        this.#profiles.get(message.requestId)?.abort();
        return;
      case "shutdown":
        this.close();
        return;
      default:
        this.#apply(message);
    }
  }

  /** The same, and says when it was done. */
  handleTraced({ traceparent, command }: TracedCommand): void {
    if (!isMediaCommand(command)) {
      this.handleMessage(command);
      return;
    }
    const startedUs = this.#unixUs();
    const isFailed = !this.#apply(command);
    const { type } = command;
    const times = { startedUs, endedUs: this.#unixUs() };
    this.#send({ type: "commandDone", traceparent, command: type, objectId: objectOf(command), ...times, isFailed });
  }

  /** False: it could not be carried out. */
  #apply(command: MediaCommand): boolean {
    const failure = applyCommand(this.core, command, monotonicNow());
    if (failure !== undefined) {
      this.#meter?.handleCommandFailed();
      this.#send(failure);
    }
    this.#drain();
    return failure === undefined;
  }

  /** Says goodbye to every peer and closes the sockets. */
  close(): void {
    clearInterval(this.#tick);
    clearInterval(this.#loadTimer);
    this.#meter?.close();
    for (const routerId of [...this.core.routers.keys()]) this.core.closeRouter(routerId);
    this.#drain();
    this.#parts.tcp?.close();
    this.#parts.udp.close();
  }

  async #profile(requestId: number, request: ProfileRequest): Promise<void> {
    const ending = new AbortController();
    this.#profiles.set(requestId, ending);
    let failure: string | undefined;
    try {
      await this.#profiler.take(request, ending.signal);
    } catch (error) {
      failure = error instanceof Error ? error.message : String(error);
    }
    this.#profiles.delete(requestId);
    this.#send({ type: "profiled", requestId, failure });
  }

  #handleSecond(): void {
    this.#send(this.#load.read());
    this.#meter?.sample();
  }

  #handleTick(): void {
    const now = monotonicNow();
    this.core.handleTimeout(now);
    this.#parts.tcp?.handleTimeout(now);
    this.#drain();
  }

  /** A data message shall not wait for the next tick. */
  #handleFirstEvent(): void {
    if (this.#isDrainDue) return;
    this.#isDrainDue = true;
    setImmediate(() => {
      this.#isDrainDue = false;
      this.#sendEvents();
    });
  }

  #drain(): void {
    this.#parts.udp.flush();
    this.#sendEvents();
  }

  #sendEvents(): void {
    for (let event = this.core.pollEvent(); event !== undefined; event = this.core.pollEvent()) {
      if (event.type === "dataMessage") this.#sendData(event);
      else this.#send({ type: "media", event });
    }
  }

  #sendData(event: Extract<MediaEvent, { readonly type: "dataMessage" }>): void {
    this.#send({ type: "media", event }, () => {
      this.core.restoreDataCredit(event.payload.length, monotonicNow());
      this.#parts.udp.flush();
    });
  }
}
