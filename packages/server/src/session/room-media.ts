import { after, type Instant, type MediaEvent, type RtpCodec } from "@sluice/media";
import { type Notification, type Params, type Result, SluiceError } from "@sluice/protocol";
import type { Room } from "../room/room.js";
import type { Track } from "../room/track.js";
import { Negotiation } from "../signaling/negotiation/negotiation.js";
import type {
  NegotiationCommand,
  NegotiationResult,
  PublishedTrack,
  WantedTrack,
} from "../signaling/negotiation/negotiation-types.js";
import { describeOffer } from "../signaling/negotiation/offered-session.js";
import type { ReadyWorker, WorkerPool } from "../worker/worker-pool.js";
import { ConnectionQualityMeter } from "./connection-quality-meter.js";
import type { Entropy } from "./entropy.js";
import { type MediaTransport, ParticipantMedia, sentConsumers } from "./participant-media.js";

/** Tracks that appear together are asked for together. */
const NEGOTIATION_DEBOUNCE_MS = 10;

/** A worker's participants come back spread over this time. */
const MAX_RECONNECT_DELAY_MS = 300;

interface LiveProducer {
  /** Of the worker: new whenever the Producer had to be opened anew, so that its Consumers are told apart from the dead ones. */
  readonly producerId: string;
  readonly codecs: readonly RtpCodec[];
}

export interface RoomMediaOptions {
  readonly room: Room;
  readonly workers: WorkerPool;
  readonly entropy: Entropy;
  readonly notify: (participantIds: readonly string[], notification: Notification) => void;
}

/**
 * A room's media: its Router on one worker, a Transport and a Negotiation for each participant, the Producer of each track that
 * flows. It turns what the room wants and what clients offer into commands for the worker. `room` says Track and Subscription,
 * the worker says Producer and Consumer; this is where one becomes the other.
 */
export class RoomMedia {
  readonly #options: RoomMediaOptions;
  readonly #participants = new Map<string, ParticipantMedia>();
  readonly #participantsByTransport = new Map<string, ParticipantMedia>();
  /** By track id. */
  readonly #producers = new Map<string, LiveProducer>();
  readonly #tracksByProducer = new Map<string, string>();
  #worker: ReadyWorker | undefined;
  /** Its worker died and no other was ready to take it. */
  #isWaitingForWorker = false;
  /** Participants whose sections are to be counted again. */
  readonly #unsettled = new Set<string>();
  #settleAt: Instant | undefined;

  constructor(options: RoomMediaOptions) {
    this.#options = options;
  }

  get worker(): ReadyWorker | undefined {
    return this.#worker;
  }

  get participants(): Iterable<ParticipantMedia> {
    return this.#participants.values();
  }

  /** Of a Producer at the worker. */
  trackOf(producerId: string): Track | undefined {
    return this.#options.room.track(this.#tracksByProducer.get(producerId) ?? "");
  }

  producerIdsOf(participantId: string): string[] {
    return [...this.#options.room.tracksOf(participantId)].flatMap(
      ({ trackId }) => this.#producers.get(trackId)?.producerId ?? [],
    );
  }

  /** Throws SluiceError `invalidArgument`, `notFound`, `unsupported`, `resourceExhausted` or, without a worker, `unavailable`. */
  handleOffer(participantId: string, { sdp, tracks }: Params<"offer">, now: Instant): Result<"offer"> {
    const participant = this.#participant(participantId);
    const published = this.#publishedTracks(participantId, tracks ?? []);
    const description = describeOffer(sdp);
    const wanted = this.#wantedTracks(participantId);
    const worker = this.#openRouter();
    const current = participant.transport;
    if (current !== undefined && isSameTransport(current, description)) {
      return this.#agree(participant, current, current.negotiation.handleOffer({ sdp, published, wanted }), wanted, now);
    }
    // A new Transport replaces the old one only once its offer has been understood.
    const { transport, localIce } = this.#createTransport(worker, description);
    const result = transport.negotiation.handleOffer({ sdp, published, wanted });
    this.#closeTransport(participant, now);
    participant.state = { type: "open", transport };
    this.#participantsByTransport.set(transport.transportId, participant);
    const { transportId } = transport;
    worker.send({
      type: "openTransport",
      routerId: this.#options.room.roomId,
      transportId,
      parameters: { iceRole: "lite", localIce },
    });
    return this.#agree(participant, transport, result, wanted, now);
  }

  handleWantedTracksChanged(participantId: string, now: Instant): void {
    this.#applyPauses(participantId);
    this.#unsettle(participantId, now);
  }

  handleSubscriptionPaused(participantId: string): void {
    this.#applyPauses(participantId);
  }

  handleTrackPaused(trackId: string, isPaused: boolean): void {
    const producer = this.#producers.get(trackId);
    if (producer !== undefined) this.#worker?.send({ type: "setProducerPaused", producerId: producer.producerId, isPaused });
  }

  handleTrackClosed(trackId: string): void {
    const producerId = this.#forgetProducer(trackId);
    if (producerId !== undefined) this.#worker?.send({ type: "closeProducer", producerId });
  }

  handleParticipantClosed(participantId: string, now: Instant): void {
    const participant = this.#participants.get(participantId);
    if (participant === undefined) return;
    this.#closeTransport(participant, now);
    this.#participants.delete(participantId);
    this.#unsettled.delete(participantId);
  }

  /** The participant has another signaling connection, over which nothing was said yet. */
  handleResumed(participantId: string, now: Instant): void {
    const participant = this.#participant(participantId);
    if (participant.state.type === "lost" && !participant.state.isTold && this.#worker !== undefined)
      this.#tellReconnect(participant);
    participant.forgetAsked();
    this.#unsettle(participantId, now);
  }

  /** Returns the participant whose Transport has ended by it, if any. */
  handleMediaEvent(worker: ReadyWorker, event: MediaEvent, now: Instant): string | undefined {
    if (worker !== this.#worker || event.type !== "transportState" || event.state.type !== "closed") return undefined;
    const participant = this.#participantsByTransport.get(event.transportId);
    if (participant === undefined) return undefined;
    this.#closeTransport(participant, now);
    // The client sees its own side fail and offers again by itself.
    participant.lose(true);
    return participant.participantId;
  }

  handleWorkerDied(worker: ReadyWorker): void {
    if (worker !== this.#worker) return;
    this.#worker = undefined;
    this.#producers.clear();
    this.#tracksByProducer.clear();
    this.#participantsByTransport.clear();
    for (const participant of this.#participants.values()) participant.lose(false);
    this.#isWaitingForWorker = true;
    this.handleWorkerReady();
  }

  /** Some worker is ready: a room that lost its own moves there. */
  handleWorkerReady(): void {
    if (!this.#isWaitingForWorker || this.#options.workers.pickWorker() === undefined) return;
    this.#openRouter();
    for (const participant of this.#participants.values()) this.#tellReconnect(participant);
  }

  close(): void {
    this.#worker?.send({ type: "closeRouter", routerId: this.#options.room.roomId });
    this.#worker = undefined;
    this.#participants.clear();
    this.#isWaitingForWorker = false;
  }

  pollTimeout(): Instant | undefined {
    return this.#settleAt;
  }

  handleTimeout(now: Instant): void {
    if (this.#settleAt === undefined || this.#settleAt > now) return;
    this.#settleAt = undefined;
    const unsettled = [...this.#unsettled];
    this.#unsettled.clear();
    for (const participantId of unsettled) {
      const needed = this.#participants.get(participantId)?.sectionsToAskFor(this.#wantedTracks(participantId));
      if (needed !== undefined) this.#options.notify([participantId], { method: "negotiationNeeded", params: needed });
    }
  }

  #participant(participantId: string): ParticipantMedia {
    let participant = this.#participants.get(participantId);
    if (participant === undefined) {
      participant = new ParticipantMedia(participantId);
      this.#participants.set(participantId, participant);
    }
    return participant;
  }

  #openRouter(): ReadyWorker {
    if (this.#worker !== undefined) return this.#worker;
    const worker = this.#options.workers.pickWorker();
    if (worker === undefined) throw new SluiceError("unavailable", "no media worker is ready: offer again in a second");
    this.#worker = worker;
    this.#isWaitingForWorker = false;
    worker.send({ type: "openRouter", routerId: this.#options.room.roomId });
    return worker;
  }

  #createTransport(worker: ReadyWorker, description: Pick<MediaTransport, "ufrag" | "fingerprints">) {
    const { room, entropy } = this.#options;
    const { fingerprint, candidates } = worker;
    const localIce = entropy.iceCredentials();
    const transportId = `${room.roomId}:${entropy.randomId("TP_")}`;
    const negotiation = new Negotiation({
      localIce,
      fingerprint,
      candidates,
      randomUint32: () => entropy.randomUint32(),
      iceLite: true,
      consumerIdPrefix: transportId,
    });
    const transport: MediaTransport = {
      transportId,
      ufrag: description.ufrag,
      fingerprints: description.fingerprints,
      negotiation,
      quality: new ConnectionQualityMeter(),
      sent: new Map(),
      unsupported: new Map(),
    };
    return { transport, localIce };
  }

  /** To the negotiation a Producer is called as its track: what it is called at the worker changes when it is opened again. */
  #publishedTracks(participantId: string, tracks: NonNullable<Params<"offer">["tracks"]>): PublishedTrack[] {
    return tracks.map(({ mid, trackId }) => {
      const track = this.#options.room.track(trackId);
      if (track?.participantId !== participantId) {
        throw new SluiceError("notFound", `${trackId} is no track of this participant: publish it before the offer`);
      }
      return { mid, trackId, producerId: trackId, kind: track.kind, isPaused: track.isMuted };
    });
  }

  /** What the participant is subscribed to and what its publisher is sending. */
  #wantedTracks(participantId: string): WantedTrack[] {
    const wanted: WantedTrack[] = [];
    for (const { track, isPaused } of this.#options.room.subscriptionsOf(participantId)) {
      const producer = this.#producers.get(track.trackId);
      if (producer === undefined) continue;
      const { trackId, kind } = track;
      wanted.push({ trackId, participantId: track.participantId, kind, cname: track.participantId, isPaused, ...producer });
    }
    return wanted;
  }

  #agree(
    participant: ParticipantMedia,
    transport: MediaTransport,
    result: NegotiationResult,
    wanted: readonly WantedTrack[],
    now: Instant,
  ): Result<"offer"> {
    const opened = new Set<string>();
    for (const command of result.commands) this.#applyCommand(transport.transportId, command, opened);
    for (const { trackId, codecs } of result.producers) {
      const producer = this.#producers.get(trackId);
      if (producer === undefined) continue;
      this.#producers.set(trackId, { ...producer, codecs });
      if (opened.has(trackId)) this.#unsettleSubscribers(trackId, now);
    }
    const producerIds = new Map(wanted.map(({ trackId, producerId }) => [trackId, producerId]));
    transport.unsupported = new Map(result.unsupported.map((trackId) => [trackId, producerIds.get(trackId) ?? ""]));
    transport.sent = sentConsumers(result.sent, wanted, transport.sent);
    participant.handleOffered(wanted);
    this.#unsettle(participant.participantId, now);
    return {
      sdp: result.answer,
      tracks: result.sent.map(({ mid, trackId, participantId }) => ({ mid, trackId, participantId })),
    };
  }

  #applyCommand(transportId: string, command: NegotiationCommand, opened: Set<string>): void {
    switch (command.type) {
      case "connectTransport":
      case "openConsumer":
        this.#worker?.send({ ...command, transportId });
        break;
      case "closeConsumer":
        this.#worker?.send(command);
        break;
      case "openProducer": {
        const trackId = command.parameters.producerId;
        const producerId = `${this.#options.room.roomId}:${this.#options.entropy.randomId("PR_")}`;
        this.#forgetProducer(trackId);
        this.#producers.set(trackId, { producerId, codecs: command.parameters.rtp.codecs });
        this.#tracksByProducer.set(producerId, trackId);
        opened.add(trackId);
        this.#worker?.send({ type: "openProducer", transportId, parameters: { ...command.parameters, producerId } });
        break;
      }
      case "closeProducer":
        this.handleTrackClosed(command.producerId);
        break;
    }
  }

  /** With the Transport its Producers and Consumers close at the worker. */
  #closeTransport(participant: ParticipantMedia, now: Instant): void {
    const { transport, participantId } = participant;
    if (transport === undefined) return;
    this.#worker?.send({ type: "closeTransport", transportId: transport.transportId });
    this.#participantsByTransport.delete(transport.transportId);
    participant.state = { type: "none" };
    for (const { trackId } of this.#options.room.tracksOf(participantId)) {
      if (this.#forgetProducer(trackId) !== undefined) this.#unsettleSubscribers(trackId, now);
    }
  }

  #forgetProducer(trackId: string): string | undefined {
    const producerId = this.#producers.get(trackId)?.producerId;
    this.#producers.delete(trackId);
    if (producerId !== undefined) this.#tracksByProducer.delete(producerId);
    return producerId;
  }

  /** A Consumer of a track that is no longer wanted stays, silent, until the client's next offer frees its section. */
  #applyPauses(participantId: string): void {
    const sent = this.#participants.get(participantId)?.transport?.sent;
    if (sent === undefined) return;
    const wanted = new Map(
      [...this.#options.room.subscriptionsOf(participantId)].map((each) => [each.track.trackId, each.isPaused]),
    );
    for (const [trackId, consumer] of sent) {
      const isPaused = wanted.get(trackId) ?? true;
      if (consumer.isPaused === isPaused) continue;
      consumer.isPaused = isPaused;
      this.#worker?.send({ type: "setConsumerPaused", consumerId: consumer.consumerId, isPaused });
    }
  }

  #unsettleSubscribers(trackId: string, now: Instant): void {
    for (const subscriberId of this.#options.room.track(trackId)?.subscribers ?? []) this.#unsettle(subscriberId, now);
  }

  #unsettle(participantId: string, now: Instant): void {
    this.#participant(participantId);
    this.#unsettled.add(participantId);
    this.#settleAt ??= after(now, NEGOTIATION_DEBOUNCE_MS);
  }

  #tellReconnect(participant: ParticipantMedia): void {
    const { room, entropy, notify } = this.#options;
    // Who is away cannot be told now, and will be when it resumes.
    const isAway = room.presenceOf(participant.participantId)?.type !== "connected";
    participant.lose(!isAway);
    if (isAway) return;
    const delayMs = entropy.randomUint32() % (MAX_RECONNECT_DELAY_MS + 1);
    notify([participant.participantId], { method: "reconnect", params: { reason: "workerDied", delayMs } });
  }
}

function isSameTransport(transport: MediaTransport, offered: Pick<MediaTransport, "ufrag" | "fingerprints">): boolean {
  const text = ({ fingerprints }: Pick<MediaTransport, "fingerprints">) =>
    fingerprints
      .map(({ algorithm, value }) => `${algorithm} ${value}`)
      .sort()
      .join();
  return transport.ufrag === offered.ufrag && text(transport) === text(offered);
}
