import {
  type DtlsRole,
  EXTENSION_URI,
  type IceCredentials,
  isRtx,
  type RtpHeaderExtension,
  type RtpParameters,
} from "@sluice/media";
import { SsrcAllocator } from "../../signaling/negotiation/ssrc-allocator.js";
import type { ReadyWorker } from "../../worker/worker-pool.js";
import type { Entropy } from "../entropy.js";
import type { LiveProducer } from "../live-producers.js";

/** Of all that goes through a pipe, so that an id means one thing (RFC 8843 §9.1). */
const EXTENSIONS: readonly RtpHeaderExtension[] = [
  EXTENSION_URI.transportWideSequenceNumber,
  EXTENSION_URI.audioLevel,
  EXTENSION_URI.videoOrientation,
  EXTENSION_URI.playoutDelay,
  EXTENSION_URI.dependencyDescriptor,
  EXTENSION_URI.absoluteCaptureTime,
  EXTENSION_URI.videoContentType,
].map((uri, index) => ({ id: index + 1, uri }));

/** One Producer on its way through a pipe. */
export interface PipedProducer {
  /** At the worker at the other end, in the pipe's own Router. */
  readonly arriving: LiveProducer;
  /** One for each layer, at this end. */
  readonly copyIds: readonly string[];
  readonly from: ReadyWorker;
}

/**
 * The way for media between two workers of a node, in both directions: a Transport at each, connected to each other over the
 * machine's own network, in a Router of its own. What goes through it is protected, and repaired, as on any other path.
 *
 * There is one between two workers at most, for their sockets have one address each.
 */
export class WorkerPipe {
  /** Of its Router at either worker; all other ids begin with it. */
  readonly pipeId: string;
  readonly workers: readonly [ReadyWorker, ReadyWorker];
  readonly #transportId: string;
  readonly #ssrcs: SsrcAllocator;
  readonly #piped = new Set<PipedProducer>();
  #opened = 0;

  constructor(a: ReadyWorker, b: ReadyWorker, entropy: Entropy) {
    this.workers = [a, b];
    this.pipeId = entropy.randomId("PI_");
    this.#transportId = `${this.pipeId}:transport`;
    this.#ssrcs = new SsrcAllocator(() => entropy.randomUint32());
    const [iceOfA, iceOfB] = [entropy.iceCredentials(), entropy.iceCredentials()];
    this.#openEnd(a, "controlling", iceOfA);
    this.#openEnd(b, "lite", iceOfB);
    this.#connectEnd(b, a, iceOfA, "server");
    this.#connectEnd(a, b, iceOfB, "client");
  }

  get isUsed(): boolean {
    return this.#piped.size > 0;
  }

  connects(a: ReadyWorker, b: ReadyWorker): boolean {
    return this.workers.includes(a) && this.workers.includes(b);
  }

  /** Every layer for itself, for the other end to put together again. Throws SluiceError `resourceExhausted`. */
  carry(original: LiveProducer, from: ReadyWorker): PipedProducer {
    const rtp = this.#pipedParameters(original.rtp);
    const { kind, mid, cname = "", codecs, headerExtensions, encodings } = rtp;
    const producerId = `${this.pipeId}:${mid}`;
    const parameters = { producerId, rtp, isPaused: false };
    this.#farFrom(from).send({ type: "openProducer", transportId: this.#transportId, parameters });
    const copyIds = encodings.map(({ ssrc = 0, rtxSsrc }, layer) => {
      const copyId = `${producerId}:${layer}`;
      from.send({ type: "copyProducer", producerId: original.producerId, routerId: this.pipeId, copyId, layer });
      const consumer = {
        consumerId: copyId,
        producerId: copyId,
        kind,
        mid,
        ssrc,
        cname,
        codecs,
        headerExtensions,
        isPaused: false,
      };
      const rtx = rtxSsrc === undefined ? {} : { rtxSsrc };
      from.send({ type: "openConsumer", transportId: this.#transportId, parameters: { ...consumer, ...rtx } });
      return copyId;
    });
    const piped = { arriving: { producerId, codecs: original.codecs, rtp }, copyIds, from };
    this.#piped.add(piped);
    return piped;
  }

  end(piped: PipedProducer): void {
    const { arriving, copyIds, from } = piped;
    if (!this.#piped.delete(piped)) return;
    for (const producerId of copyIds) from.send({ type: "closeProducer", producerId });
    this.#farFrom(from).send({ type: "closeProducer", producerId: arriving.producerId });
  }

  close(): void {
    this.#piped.clear();
    for (const worker of this.workers) worker.send({ type: "closeRouter", routerId: this.pipeId });
  }

  #openEnd(worker: ReadyWorker, iceRole: "controlling" | "lite", localIce: IceCredentials): void {
    const parameters = { iceRole, localIce, isUnlimited: true };
    worker.send({ type: "openRouter", routerId: this.pipeId });
    worker.send({ type: "openTransport", routerId: this.pipeId, transportId: this.#transportId, parameters });
  }

  #connectEnd(worker: ReadyWorker, other: ReadyWorker, ice: IceCredentials, dtlsRole: DtlsRole): void {
    const remote = { ice, candidates: other.localCandidates, fingerprints: [other.fingerprint], dtlsRole };
    worker.send({ type: "connectTransport", transportId: this.#transportId, remote });
  }

  #farFrom(worker: ReadyWorker): ReadyWorker {
    const [a, b] = this.workers;
    return worker === a ? b : a;
  }

  #pipedParameters(rtp: RtpParameters): RtpParameters {
    const uris = new Set(rtp.headerExtensions.map(({ uri }) => uri));
    const hasRtx = rtp.codecs.some(isRtx);
    const layers = rtp.kind === "video" ? Math.max(1, rtp.encodings.length) : 1;
    const ssrc = () => this.#ssrcs.allocate(new Set());
    return {
      mid: String(++this.#opened),
      kind: rtp.kind,
      codecs: rtp.codecs,
      headerExtensions: EXTENSIONS.filter(({ uri }, index) => index === 0 || uris.has(uri)),
      encodings: Array.from({ length: layers }, () => ({ ssrc: ssrc(), ...(hasRtx ? { rtxSsrc: ssrc() } : {}) })),
      cname: rtp.cname ?? rtp.mid,
    };
  }
}
