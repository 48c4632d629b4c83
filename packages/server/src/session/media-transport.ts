import type { IceCredentials } from "@sluice/media";
import type { Room } from "../room/room.js";
import { Negotiation, plainMsid } from "../signaling/negotiation/negotiation.js";
import type { NegotiationResult, OfferInput, WantedTrack } from "../signaling/negotiation/negotiation-types.js";
import type { OfferDescription } from "../signaling/negotiation/offered-session.js";
import type { Tracer } from "../telemetry/tracing/tracer.js";
import type { ReadyWorker } from "../worker/worker-pool.js";
import { TransportChannels } from "./data/transport-channels.js";
import type { Entropy } from "./entropy.js";
import type { MediaForm } from "./media-form.js";
import { type SentConsumer, sentConsumers } from "./sent-consumer.js";

/** One Transport at the worker with what goes through it. */
export interface MediaTransport {
  readonly transportId: string;
  readonly channels: TransportChannels;
  /** By track id. */
  sent: ReadonlyMap<string, SentConsumer>;
  /** The same by consumer id. */
  sentById: ReadonlyMap<string, SentConsumer>;
  /** Track id to the producer id of which the client cannot take the codec. */
  unsupported: ReadonlyMap<string, string>;
}

/** One that the client has offered. */
export interface AnsweredTransport extends MediaTransport {
  readonly type: "answered";
  /** The client's last offer. */
  description: OfferDescription;
  readonly negotiation: Negotiation;
  /** The tracks that the client has said it sends, by mid. */
  published: ReadonlyMap<string, string>;
}

/** For a client's first offer, or one of another peer connection; `openTransport` and the offer are still to come. */
export function createMediaTransport(
  { room, entropy }: { readonly room: Room; readonly entropy: Entropy },
  { fingerprint, candidates }: ReadyWorker,
  description: OfferDescription,
  { msidOf = plainMsid, acceptsUnpublished = false }: MediaForm,
): { readonly transport: AnsweredTransport; readonly localIce: IceCredentials } {
  const localIce = entropy.iceCredentials();
  const transport = emptyTransport(room, entropy);
  const negotiation = new Negotiation({
    localIce,
    fingerprint,
    candidates,
    randomUint32: () => entropy.randomUint32(),
    iceLite: true,
    consumerIdPrefix: transport.transportId,
    acceptsUnpublished,
    msidOf,
  });
  return { transport: { type: "answered", ...transport, description, negotiation, published: new Map() }, localIce };
}

/** Throws SluiceError; then nothing has changed. `tracer`: undefined when nothing is traced. */
export function negotiateOffer(
  tracer: Tracer | undefined,
  { negotiation }: AnsweredTransport,
  input: OfferInput,
): NegotiationResult {
  if (tracer === undefined) return negotiation.handleOffer(input);
  return tracer.step("negotiate offer", () => negotiation.handleOffer(input));
}

/** Nothing goes through it yet. */
export function emptyTransport(room: Room, entropy: Entropy): MediaTransport {
  return {
    transportId: `${room.roomId}:${entropy.randomId("TP_")}`,
    channels: new TransportChannels(),
    sent: new Map(),
    sentById: new Map(),
    unsupported: new Map(),
  };
}

/** What the Transport sends by now; `wanted` is what was negotiated about. */
export function setSent(
  transport: MediaTransport,
  { sent, unsupported }: Pick<NegotiationResult, "sent" | "unsupported">,
  wanted: readonly WantedTrack[],
): void {
  const producerIds = new Map(wanted.map(({ trackId, producerId }) => [trackId, producerId]));
  transport.unsupported = new Map(unsupported.map((trackId) => [trackId, producerIds.get(trackId) ?? ""]));
  transport.sent = sentConsumers(sent, wanted, transport.sent);
  transport.sentById = new Map([...transport.sent.values()].map((consumer) => [consumer.consumerId, consumer]));
}
