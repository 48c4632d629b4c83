/**
 * The two unions that cross the IPC channel between the control process and a media worker. Plain data only; the channel
 * keeps order. Commands need no reply: what a worker has to say comes back as an event that names the object it is about.
 */
import type {
  ConsumerParameters,
  DataChannelParameters,
  Fingerprint,
  IceCandidate,
  IceCredentials,
  LayerPreference,
  MediaEvent,
  ProducerParameters,
  RemoteTransportParameters,
  RouterOptions,
  TransportParameters,
} from "@sluice/media";
import type { ProfileRequest } from "../profiling/profile-request.js";
import type { PlainReadings } from "../telemetry/metric-readings.js";
import type { CommandReport } from "../telemetry/tracing/command-report.js";
import type { WorkerStatistics } from "./worker-statistics.js";

export type ToWorker =
  | { readonly type: "openRouter"; readonly routerId: string; readonly options?: RouterOptions }
  /** Closes all of its Transports too. */
  | { readonly type: "closeRouter"; readonly routerId: string }
  | {
      readonly type: "openTransport";
      readonly routerId: string;
      readonly transportId: string;
      readonly parameters: TransportParameters;
    }
  | { readonly type: "connectTransport"; readonly transportId: string; readonly remote: RemoteTransportParameters }
  /** The peer's answer to it comes as connectTransport when `remoteIce` is not told. */
  | {
      readonly type: "restartIce";
      readonly transportId: string;
      readonly localIce: IceCredentials;
      readonly remoteIce?: IceCredentials;
    }
  | { readonly type: "closeTransport"; readonly transportId: string }
  /** Its receiver is sent no more than this, audio first; without `limitBps` it is what its path carries that limits. */
  | { readonly type: "limitBandwidth"; readonly transportId: string; readonly limitBps?: number }
  | { readonly type: "openProducer"; readonly transportId: string; readonly parameters: ProducerParameters }
  /** The same media in another Router of the worker, as the Producer `copyId`; it closes with the original. */
  | {
      readonly type: "copyProducer";
      readonly producerId: string;
      readonly routerId: string;
      readonly copyId: string;
      /** Of several encodings this one alone, 0 being the lowest; all unless told. */
      readonly layer?: number;
    }
  | { readonly type: "closeProducer"; readonly producerId: string }
  | { readonly type: "setProducerPaused"; readonly producerId: string; readonly isPaused: boolean }
  | { readonly type: "openConsumer"; readonly transportId: string; readonly parameters: ConsumerParameters }
  | { readonly type: "closeConsumer"; readonly consumerId: string }
  /** Those that were opened with `isHeld` begin. */
  | { readonly type: "releaseConsumers"; readonly transportId: string }
  | { readonly type: "setConsumerPaused"; readonly consumerId: string; readonly isPaused: boolean }
  | { readonly type: "setConsumerPreference"; readonly consumerId: string; readonly preference: LayerPreference }
  /** Idempotent by label: a channel that the peer opened is as good. */
  | { readonly type: "openDataChannel"; readonly transportId: string; readonly parameters: DataChannelParameters }
  /** One message to the channel of this label of each Transport; what cannot be sent is counted in the drops. */
  | {
      readonly type: "sendData";
      readonly transportIds: readonly string[];
      readonly label: string;
      readonly isBinary: boolean;
      /** UTF-8 unless binary. */
      readonly payload: Uint8Array;
    }
  /** Asks for a `statistics` event with the same `requestId`. */
  | { readonly type: "getStatistics"; readonly requestId: number }
  /** Asks for a `metrics` event with the same `requestId`. */
  | { readonly type: "getMetrics"; readonly requestId: number }
  /** Asks for a `profiled` event with the same `requestId`. One at a time. */
  | { readonly type: "profile"; readonly requestId: number; readonly request: ProfileRequest }
  /** Nobody wants it any more: it ends early. */
  | { readonly type: "endProfile"; readonly requestId: number }
  | { readonly type: "shutdown" };

/** A command in the name of a span: the worker tells when it was carried out. */
export interface TracedCommand {
  readonly type: "traced";
  readonly traceparent: string;
  readonly command: ToWorker;
}

export type FromWorker =
  | WorkerReady
  | { readonly type: "media"; readonly event: MediaEvent }
  /** A command named an object that is not there or could not be carried out; the object in question does not exist. */
  | { readonly type: "commandFailed"; readonly command: ToWorker["type"]; readonly objectId: string; readonly message: string }
  /** Once a second. */
  | WorkerLoad
  | { readonly type: "statistics"; readonly requestId: number; readonly statistics: WorkerStatistics }
  /** Empty when the worker was not told to be metered. */
  | { readonly type: "metrics"; readonly requestId: number; readonly readings: PlainReadings }
  /** Only of a {@link TracedCommand}. */
  | CommandReport
  /** The file is there, or it says why not. */
  | { readonly type: "profiled"; readonly requestId: number; readonly failure: string | undefined };

export interface WorkerReady {
  readonly type: "ready";
  /** Of the certificate this worker shows on all its Transports. */
  readonly fingerprint: Fingerprint;
  /** Host candidates, best first. */
  readonly candidates: readonly IceCandidate[];
  /** Where the node's other workers reach it: its own sockets. */
  readonly localCandidates: readonly IceCandidate[];
  /** One line for the log: "native (recvmmsg, sendmmsg, GSO; OpenSSL 3.0.19 by FFI)" or why it is the portable one. */
  readonly packetPath: string;
}

export interface WorkerLoad {
  readonly type: "load";
  /** CPU time of this process in the last interval as a share of one core, 0–1 (may exceed 1 by the helper threads of V8). */
  readonly cpu: number;
  readonly transports: number;
  readonly producers: number;
  readonly consumers: number;
  readonly packetsInPerSecond: number;
  readonly packetsOutPerSecond: number;
  /** 99 % of the packets of the last interval were here for no longer; 0 when there were none, or the worker is not metered. */
  readonly forwardingDelayP99Ms: number;
  /** Resident set, bytes. */
  readonly rssBytes: number;
  readonly heapUsedBytes: number;
}
