/**
 * The two unions that cross the IPC channel between the control process and a media worker. Plain data only; the channel
 * keeps order. Commands need no reply: what a worker has to say comes back as an event that names the object it is about.
 */
import type {
  ConsumerParameters,
  Fingerprint,
  IceCandidate,
  MediaEvent,
  ProducerParameters,
  RemoteTransportParameters,
  TransportParameters,
} from "@sluice/media";

export type ToWorker =
  | { readonly type: "openRouter"; readonly routerId: string }
  /** Closes all of its Transports too. */
  | { readonly type: "closeRouter"; readonly routerId: string }
  | {
      readonly type: "openTransport";
      readonly routerId: string;
      readonly transportId: string;
      readonly parameters: TransportParameters;
    }
  | { readonly type: "connectTransport"; readonly transportId: string; readonly remote: RemoteTransportParameters }
  | { readonly type: "closeTransport"; readonly transportId: string }
  | { readonly type: "openProducer"; readonly transportId: string; readonly parameters: ProducerParameters }
  | { readonly type: "closeProducer"; readonly producerId: string }
  | { readonly type: "setProducerPaused"; readonly producerId: string; readonly isPaused: boolean }
  | { readonly type: "openConsumer"; readonly transportId: string; readonly parameters: ConsumerParameters }
  | { readonly type: "closeConsumer"; readonly consumerId: string }
  | { readonly type: "setConsumerPaused"; readonly consumerId: string; readonly isPaused: boolean }
  /** Asks for a `statistics` event with the same `requestId`. */
  | { readonly type: "getStatistics"; readonly requestId: number }
  | { readonly type: "shutdown" };

export type FromWorker =
  | WorkerReady
  | { readonly type: "media"; readonly event: MediaEvent }
  /** A command named an object that is not there or could not be carried out; the object in question does not exist. */
  | { readonly type: "commandFailed"; readonly command: ToWorker["type"]; readonly objectId: string; readonly message: string }
  /** Once a second. */
  | WorkerLoad
  | { readonly type: "statistics"; readonly requestId: number; readonly statistics: WorkerStatistics };

export interface WorkerReady {
  readonly type: "ready";
  /** Of the certificate this worker shows on all its Transports. */
  readonly fingerprint: Fingerprint;
  /** Host candidates, best first. */
  readonly candidates: readonly IceCandidate[];
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
  /** Resident set, bytes. */
  readonly rssBytes: number;
  readonly heapUsedBytes: number;
}

export interface WorkerStatistics {
  /** Datagrams and packets dropped so far, by cause. */
  readonly drops: Readonly<Record<string, number>>;
  readonly producers: readonly ProducerStatistics[];
  readonly consumers: readonly ConsumerStatistics[];
}

export interface ProducerStatistics {
  readonly producerId: string;
  readonly packets: number;
  readonly bytes: number;
  readonly lost: number;
  readonly jitterMs: number;
  readonly keyFrames: number;
}

export interface ConsumerStatistics {
  readonly consumerId: string;
  readonly packets: number;
  readonly bytes: number;
  readonly retransmitted: number;
  /** From the receiver's last report: share of packets lost in its interval, 0–1. */
  readonly lossRatio: number;
  /** Round-trip time from the last report, ms; undefined before the first. */
  readonly roundTripMs: number | undefined;
}
