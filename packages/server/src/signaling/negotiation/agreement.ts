import type { ConsumerParameters, RemoteTransportParameters } from "@sluice/media";
import type { NegotiationCommand, SentTrack } from "./negotiation-types.js";
import type { AcceptedSection } from "./offered-session.js";
import type { PublishedProducer } from "./published-producers.js";

/** What we send in one section. */
export interface SentConsumer {
  readonly track: SentTrack;
  readonly parameters: ConsumerParameters;
}

/** What the last offer has brought about; replaced as a whole, so an offer that throws has changed nothing. */
export interface Agreement {
  readonly remote: RemoteTransportParameters;
  /** By mid, in the offer's order. */
  readonly producers: ReadonlyMap<string, PublishedProducer>;
  readonly consumers: ReadonlyMap<string, SentConsumer>;
  readonly receiving: readonly AcceptedSection[];
  readonly answer: string;
  readonly sessionVersion: number;
}

/** From one agreement to the next: what is gone goes first, then comes what is new. */
export function agreementChanges(previous: Agreement | undefined, next: Agreement): NegotiationCommand[] {
  const connect: NegotiationCommand[] = previous === undefined ? [{ type: "connectTransport", remote: next.remote }] : [];
  const producers = changedProducers(previous?.producers ?? new Map(), next.producers);
  const consumers = changedConsumers(previous?.consumers ?? new Map(), next.consumers);
  return [...connect, ...producers.closed, ...consumers.closed, ...producers.opened, ...consumers.opened];
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
