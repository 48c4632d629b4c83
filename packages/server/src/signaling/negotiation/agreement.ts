import type { ConsumerParameters, IceCredentials, RemoteTransportParameters } from "@sluice/media";
import type { NegotiationCommand, SentTrack } from "./negotiation-types.js";
import type { AcceptedSection, OfferedSection } from "./offered-session.js";
import type { PublishedProducer } from "./published-producers.js";

/** What we send in one section. */
export interface SentConsumer {
  readonly track: SentTrack;
  readonly parameters: ConsumerParameters;
}

/** What a worker has to hear of, whoever made the offer. */
export interface AgreedTransport {
  readonly localIce: IceCredentials;
  readonly remote: RemoteTransportParameters;
  /** By mid, in the offer's order. */
  readonly producers: ReadonlyMap<string, PublishedProducer>;
  readonly consumers: ReadonlyMap<string, SentConsumer>;
}

/** What the last offer has brought about; replaced as a whole, so an offer that throws has changed nothing. */
export interface Agreement extends AgreedTransport {
  /** The offer's, in its order. */
  readonly sections: readonly OfferedSection[];
  /** Those of them in which a wanted track can go. */
  readonly receiving: readonly AcceptedSection[];
  /** Of the answer's text, to see whether the next one says anything new. */
  readonly answerDigest: string;
  readonly sessionVersion: number;
}

/** From one agreement to the next: what is gone goes first, then comes what is new. */
export function agreementChanges(previous: AgreedTransport | undefined, next: AgreedTransport): NegotiationCommand[] {
  const connect = changedTransport(previous, next);
  const producers = changedProducers(previous?.producers ?? new Map(), next.producers);
  const consumers = changedConsumers(previous?.consumers ?? new Map(), next.consumers);
  return [...connect, ...producers.closed, ...consumers.closed, ...producers.opened, ...consumers.opened];
}

/** ICE restarts by a command of its own, for nothing else of the transport begins anew. */
function changedTransport(previous: AgreedTransport | undefined, { localIce, remote }: AgreedTransport): NegotiationCommand[] {
  if (previous === undefined) return [{ type: "connectTransport", remote }];
  const isRestarted = !isSame(previous.localIce, localIce);
  const isConnected = isSame({ ...previous.remote, ice: remote.ice }, remote);
  return [
    ...(isRestarted ? [{ type: "restartIce" as const, localIce, remoteIce: remote.ice }] : []),
    ...(isConnected ? [] : [{ type: "connectTransport" as const, remote }]),
  ];
}

interface Changes {
  readonly closed: NegotiationCommand[];
  readonly opened: NegotiationCommand[];
}

function changedProducers(before: Agreement["producers"], after: Agreement["producers"]): Changes {
  const byId = new Map([...before.values()].map(({ parameters }) => [parameters.producerId, parameters]));
  const kept = new Set<string>();
  const opened: NegotiationCommand[] = [];
  for (const { parameters } of after.values()) {
    const existing = byId.get(parameters.producerId);
    if (existing !== undefined && isSame(existing.rtp, parameters.rtp)) kept.add(parameters.producerId);
    else opened.push({ type: "openProducer", parameters });
  }
  const gone = [...byId.keys()].filter((producerId) => !kept.has(producerId));
  return { closed: gone.map((producerId) => ({ type: "closeProducer", producerId })), opened };
}

/** A Consumer that stays is the same object. */
function changedConsumers(before: Agreement["consumers"], after: Agreement["consumers"]): Changes {
  const kept = new Set([...after.values()].map(({ parameters }) => parameters));
  const existing = new Set([...before.values()].map(({ parameters }) => parameters));
  const gone = [...existing].filter((parameters) => !kept.has(parameters));
  const added = [...kept].filter((parameters) => !existing.has(parameters));
  return {
    closed: gone.map(({ consumerId }) => ({ type: "closeConsumer", consumerId })),
    opened: added.map((parameters) => ({ type: "openConsumer", parameters })),
  };
}

/** For plain data whose properties were written in the same order. */
export function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
