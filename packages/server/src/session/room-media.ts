import { earliest, type Instant, type MediaEvent, type RouterOptions } from "@sluice/media";
import { type Notification, type Params, type Result, SluiceError } from "@sluice/protocol";
import type { Room } from "../room/room.js";
import type { Track } from "../room/track.js";
import type { NegotiationCommand, NegotiationResult, WantedTrack } from "../signaling/negotiation/negotiation-types.js";
import { compareOffers, describeOffer } from "../signaling/negotiation/offered-session.js";
import type { ServerOffer } from "../signaling/negotiation/offering-negotiation.js";
import type { Tracer } from "../telemetry/tracing/tracer.js";
import type { ReadyWorker, WorkerPool } from "../worker/worker-pool.js";
import { wishCommands } from "./consumer-wish.js";
import { Dynacast } from "./dynacast.js";
import type { Entropy } from "./entropy.js";
import { HeldConsumers } from "./held-consumers.js";
import type { MediaForm } from "./media-form.js";
import {
  type AnsweredTransport,
  createMediaTransport,
  type MediaTransport,
  negotiateOffer,
  setSent,
} from "./media-transport.js";
import { mergeSections, type NamedSections, publishedTracks, trackIdsByMid, wantedTracks } from "./negotiated-tracks.js";
import type { ParticipantMedia } from "./participant-media.js";
import { withPlayoutDelay } from "./playout-delay.js";
import { tellReconnect } from "./reconnect-notice.js";
import { type ClientAnswer, RoomOffers } from "./room-offers.js";
import { RoomProducers } from "./room-producers.js";
import { type OwnedTransport, RoomTransports } from "./room-transports.js";
import { RoomWorker } from "./room-worker.js";
import { SubscribedLayers } from "./subscribed-layers.js";
import { UnsettledParticipants } from "./unsettled-participants.js";

export interface RoomMediaOptions {
  readonly room: Room;
  readonly workers: WorkerPool;
  readonly entropy: Entropy;
  readonly audio: Required<RouterOptions>;
  /** Undefined: nothing is traced. */
  readonly tracer: Tracer | undefined;
  readonly notify: (participantIds: readonly string[], notification: Notification) => void;
  /** After everything that was notified before. */
  readonly sendOffer: (participantId: string, offer: ServerOffer) => void;
}

/**
 * A room's media: its Router on one worker, the Transports and Negotiations of each participant, the Producer of each track that
 * flows. It turns what the room wants and what clients offer into commands for the worker. `room` says Track and Subscription,
 * the worker says Producer and Consumer; this is where one becomes the other.
 */
export class RoomMedia {
  readonly #options: RoomMediaOptions;
  readonly #transports = new RoomTransports();
  readonly #producers: RoomProducers;
  readonly #worker: RoomWorker;
  readonly #offers: RoomOffers;
  readonly #unsettled: UnsettledParticipants;
  readonly #dynacast: Dynacast;
  readonly #subscribedLayers: SubscribedLayers;
  readonly #held = new HeldConsumers();

  constructor(options: RoomMediaOptions) {
    this.#options = options;
    this.#unsettled = new UnsettledParticipants(options.tracer);
    this.#worker = new RoomWorker(options);
    this.#dynacast = new Dynacast(options);
    this.#producers = new RoomProducers({
      room: options.room,
      entropy: options.entropy,
      dynacast: this.#dynacast,
      send: (command) => this.#worker.send(command),
      handleCopied: (trackId, now) => this.#unsettleSubscribers(trackId, now),
    });
    this.#offers = new RoomOffers({
      ...options,
      worker: this.#worker,
      transports: this.#transports,
      wantedTracks: (participantId) => this.#wantedTracks(participantId),
      apply: (transport, commands, now) => this.#applyCommands(transport, { commands, producers: [] }, now),
    });
    this.#subscribedLayers = new SubscribedLayers(options.notify);
  }

  get worker(): ReadyWorker | undefined {
    return this.#worker.current;
  }

  get participants(): ReadonlyMap<string, ParticipantMedia> {
    return this.#transports.participants;
  }

  /** Through which the participant receives. */
  transportOf(participantId: string): MediaTransport | undefined {
    return this.#transports.participants.get(participantId)?.receiving;
  }

  /** A Transport at the worker, with whose it is. */
  transport(transportId: string): OwnedTransport | undefined {
    return this.#transports.get(transportId);
  }

  /** Of a Producer at the worker. */
  trackOf(producerId: string): Track | undefined {
    return this.#options.room.track(this.#producers.trackIdOf(producerId) ?? "");
  }

  /** Of its tracks, those forwarded from other rooms included. */
  get producers(): RoomProducers {
    return this.#producers;
  }

  /** Whether the publisher of a video has been asked for a picture, long enough for one to be there. */
  isPictureDue(trackId: string, now: Instant): boolean {
    return this.#dynacast.isPictureDue(trackId, now);
  }

  /** Before the participant's first offer, and before ours. All there is for it is there already, so it is not kept waiting. */
  handleJoined(participantId: string, form: MediaForm, now: Instant): void {
    this.#transports.participant(participantId).handleJoined(form);
    this.#unsettle(participantId, now);
    this.#unsettled.hurry(now);
  }

  /**
   * Throws SluiceError `invalidArgument`, `notFound`, `unsupported`, `resourceExhausted`, `failedPrecondition` when the Transport of
   * this peer connection has ended, or, without a worker, `unavailable`.
   */
  handleOffer(participantId: string, { sdp, tracks = [], confirms = false }: Params<"offer">, now: Instant): Result<"offer"> {
    const participant = this.#transports.participant(participantId);
    const published = publishedTracks(this.#options.room, participantId, tracks);
    const description = describeOffer(sdp);
    const wanted = participant.isDual ? [] : this.#wantedTracks(participantId);
    const input = { sdp, published, wanted, confirmsAnswer: confirms };
    const worker = this.openRouter();
    const current = participant.publishing;
    const relation = current === undefined ? "other" : compareOffers(current.description, description);
    if (current !== undefined && relation !== "other") {
      const restart = relation === "restart" ? { restart: this.#options.entropy.iceCredentials() } : {};
      const result = negotiateOffer(this.#options.tracer, current, { ...input, ...restart });
      current.description = description;
      current.published = trackIdsByMid(tracks);
      return this.#agree(participant, current, result, wanted, now);
    }
    if (participant.hasEnded(description)) {
      throw new SluiceError("failedPrecondition", "the transport of this peer connection has ended: make a new one");
    }
    // A new Transport replaces the old one only once its offer has been understood.
    const { transport, localIce } = createMediaTransport(this.#options, worker, description, participant.form);
    const result = negotiateOffer(this.#options.tracer, transport, input);
    transport.published = trackIdsByMid(tracks);
    if (current !== undefined) this.#closeTransport(participant, current, now);
    participant.openPublishing(transport);
    this.#transports.add(participant, transport);
    this.#worker.openTransport(transport.transportId, localIce);
    return this.#agree(participant, transport, result, wanted, now);
  }

  /** To an offer of ours. Throws SluiceError `invalidArgument` or `unsupported`; the offer can still be answered then. */
  handleAnswer(participantId: string, answer: ClientAnswer, now: Instant): void {
    const participant = this.#transports.participant(participantId);
    if (this.#offers.handleAnswer(participant, answer, now)) this.#unsettle(participantId, now);
  }

  /** The client knows by now what the last answer told of. */
  handleAnswerApplied(participantId: string): void {
    const transport = this.participants.get(participantId)?.publishing;
    if (transport !== undefined) this.#release(transport);
  }

  /**
   * Sections of the participant's last offer get tracks that it has published since: the offer need not be made again. Throws as
   * {@link handleOffer}, and `failedPrecondition` before the first one.
   */
  bindTracks(participantId: string, named: NamedSections, now: Instant): void {
    const { room } = this.#options;
    const transport = this.#transports.participants.get(participantId)?.publishing;
    if (transport === undefined)
      throw new SluiceError("failedPrecondition", "there is no offer yet whose sections could be named");
    const sections = mergeSections(room, transport.published, named);
    const result = transport.negotiation.bindTracks(publishedTracks(room, participantId, sections));
    transport.published = trackIdsByMid(sections);
    this.#applyCommands(transport, result, now);
  }

  handleWantedTracksChanged(participantId: string, now: Instant): void {
    for (const trackId of this.transportOf(participantId)?.sent.keys() ?? []) this.handleWishChanged(participantId, trackId);
    this.#unsettle(participantId, now);
  }

  /** A Consumer of a track that is no longer wanted stays, silent, until the client's next offer frees its section. */
  handleWishChanged(participantId: string, trackId: string): void {
    const consumer = this.transportOf(participantId)?.sent.get(trackId);
    if (consumer === undefined) return;
    for (const command of wishCommands(consumer, this.#options.room.subscription(participantId, trackId))) {
      this.#worker.send(command);
    }
  }

  handleDemandChanged(trackId: string, now: Instant): void {
    this.#dynacast.handleDemandChanged(trackId, now);
  }

  /** The size somebody wants may be another layer now. */
  handleLayersAnnounced(trackId: string, now: Instant): void {
    for (const subscriberId of this.#options.room.track(trackId)?.subscribers ?? []) {
      this.handleWishChanged(subscriberId, trackId);
    }
    this.#dynacast.handleDemandChanged(trackId, now);
  }

  handleTrackPaused(trackId: string, isPaused: boolean): void {
    this.#producers.setPaused(trackId, isPaused);
  }

  handleTrackClosed(trackId: string): void {
    this.#dynacast.handleTrackClosed(trackId);
    this.#producers.close(trackId);
  }

  handleParticipantClosed(participantId: string, now: Instant): void {
    const participant = this.#transports.participants.get(participantId);
    if (participant === undefined) return;
    for (const transport of participant.transports) this.#closeTransport(participant, transport, now);
    this.#transports.removeParticipant(participantId);
    this.#offers.handleParticipantClosed(participantId);
    this.#unsettled.remove(participantId);
  }

  /** The participant has another signaling connection, over which nothing was said yet. */
  handleResumed(participantId: string, now: Instant): void {
    const participant = this.#transports.participant(participantId);
    if (participant.state.type === "lost" && !participant.state.isTold && this.worker !== undefined)
      tellReconnect(this.#options, participant);
    participant.forgetAsked();
    this.#offers.handleResumed(participant);
    this.#unsettle(participantId, now);
    this.#dynacast.handleResumed(participantId);
    this.#subscribedLayers.handleResumed(participantId, participant.receiving?.sent.values() ?? [], now);
  }

  /** Returns the participant whose Transport has ended by it, if any. */
  handleMediaEvent(worker: ReadyWorker, event: MediaEvent, now: Instant): string | undefined {
    if (worker !== this.worker) return undefined;
    if (event.type === "consumerLayers") this.#handleConsumerLayers(event, now);
    if (event.type !== "transportState" || event.state.type !== "closed") return undefined;
    const owned = this.#transports.get(event.transportId);
    if (owned === undefined) return undefined;
    const { participant, transport } = owned;
    if (participant.publishing === transport) participant.handleEnded(participant.publishing);
    if (participant.offered === transport) this.#offers.handleEnded(participant, now);
    this.#closeTransport(participant, transport, now);
    // The client sees its own side fail and offers again by itself.
    if (participant.transports.length === 0 && !participant.isReceivingOver) participant.lose(true);
    return participant.participantId;
  }

  handleWorkerDied(worker: ReadyWorker, now: Instant): void {
    if (worker !== this.worker) return;
    this.#worker.handleDied();
    this.#producers.clear();
    this.#transports.removeTransports();
    this.#offers.handleWorkerDied();
    for (const participant of this.participants.values()) if (!participant.isUnoffered) participant.lose(false);
    this.handleWorkerReady(now);
  }

  /** Some worker is ready: a room that lost its own, or needs its first, goes there. */
  handleWorkerReady(now: Instant): void {
    if (!this.#worker.handleReady()) return;
    for (const participant of this.participants.values()) {
      if (participant.isUnoffered) this.#unsettle(participant.participantId, now);
      else tellReconnect(this.#options, participant);
    }
  }

  close(): void {
    this.#worker.close();
    this.#transports.clear();
  }

  pollTimeout(): Instant | undefined {
    const settleAt = earliest(earliest(this.#unsettled.pollTimeout(), this.#held.pollTimeout()), this.#offers.pollTimeout());
    return earliest(earliest(settleAt, this.#dynacast.pollTimeout()), this.#subscribedLayers.pollTimeout());
  }

  handleTimeout(now: Instant): void {
    this.#dynacast.handleTimeout(now);
    this.#subscribedLayers.handleTimeout(now, (participantId, consumer) => {
      return this.transportOf(participantId)?.sent.get(consumer.trackId) === consumer;
    });
    for (const transportId of this.#held.takeDue(now)) {
      const transport = this.#transports.get(transportId)?.participant.publishing;
      if (transport?.transportId === transportId) this.#release(transport);
    }
    this.#offers.handleTimeout(now);
    this.#unsettled.settle(now, (participantId) => this.#settle(participantId, now));
  }

  #settle(participantId: string, now: Instant): void {
    const participant = this.participants.get(participantId);
    if (participant?.isDual) this.#offers.settle(participant, now);
    const needed = participant?.sectionsToAskFor(this.#wantedTracks(participantId));
    if (needed !== undefined) this.#options.notify([participantId], { method: "negotiationNeeded", params: needed });
  }

  /** Unless it is open already, at the wanted worker. Throws `unavailable` when none is ready. */
  openRouter(wanted?: ReadyWorker): ReadyWorker {
    const worker = this.#worker.open(wanted);
    if (worker !== undefined) return worker;
    throw new SluiceError("unavailable", "no media worker is ready: offer again in a second");
  }

  #wantedTracks(participantId: string): WantedTrack[] {
    return wantedTracks(this.#options.room, this.#producers, participantId, this.participants.get(participantId)?.form);
  }

  #agree(
    participant: ParticipantMedia,
    transport: AnsweredTransport,
    result: NegotiationResult,
    wanted: readonly WantedTrack[],
    now: Instant,
  ): Result<"offer"> {
    this.#applyCommands(transport, result, now);
    setSent(transport, result, wanted);
    if (result.hasHeld) this.#held.add(transport.transportId, now);
    if (result.hasData) transport.channels.agree(now);
    participant.handleOffered(wanted);
    this.#unsettle(participant.participantId, now);
    return {
      sdp: result.answer,
      tracks: result.sent.map(({ mid, trackId, participantId }) => ({ mid, trackId, participantId })),
    };
  }

  #release({ transportId, negotiation }: AnsweredTransport): void {
    this.#held.remove(transportId);
    if (negotiation.handleAnswerApplied()) this.#worker.send({ type: "releaseConsumers", transportId });
  }

  #applyCommands(
    { transportId }: MediaTransport,
    { commands, producers }: Pick<NegotiationResult, "commands" | "producers">,
    now: Instant,
  ): void {
    const opened = new Set<string>();
    for (const command of commands) this.#applyCommand(transportId, command, opened, now);
    for (const { trackId, codecs } of producers) {
      this.#producers.setCodecs(trackId, codecs);
      if (opened.has(trackId)) this.#unsettleSubscribers(trackId, now);
    }
  }

  #applyCommand(transportId: string, command: NegotiationCommand, opened: Set<string>, now: Instant): void {
    switch (command.type) {
      case "connectTransport":
      case "restartIce":
      case "openConsumer":
        this.#worker.send(withPlayoutDelay({ ...command, transportId }, this.#options.room.settings));
        break;
      case "closeConsumer":
        this.#worker.send(command);
        break;
      case "openProducer":
        opened.add(command.parameters.producerId);
        this.#producers.open(transportId, command.parameters, now);
        break;
      case "closeProducer":
        this.#producers.close(command.producerId);
        break;
    }
  }

  /** With the Transport its Producers and Consumers close at the worker. */
  #closeTransport(participant: ParticipantMedia, transport: MediaTransport, now: Instant): void {
    this.#worker.send({ type: "closeTransport", transportId: transport.transportId });
    this.#transports.remove(transport);
    const isPublishing = participant.publishing === transport;
    participant.close(transport);
    if (!isPublishing) return;
    for (const { trackId } of this.#options.room.tracksOf(participant.participantId)) {
      if (this.#producers.forget(trackId)) this.#unsettleSubscribers(trackId, now);
    }
  }

  #handleConsumerLayers(event: Extract<MediaEvent, { readonly type: "consumerLayers" }>, now: Instant): void {
    const found = this.#transports.findConsumer(event.consumerId);
    if (found === undefined) return;
    this.#subscribedLayers.handleLayers(found.participantId, found.consumer, event.layers, event.isStarved, now);
  }

  #unsettleSubscribers(trackId: string, now: Instant): void {
    for (const subscriberId of this.#options.room.track(trackId)?.subscribers ?? []) this.#unsettle(subscriberId, now);
  }

  #unsettle(participantId: string, now: Instant): void {
    this.#transports.participant(participantId);
    this.#unsettled.add(participantId, now);
  }
}
