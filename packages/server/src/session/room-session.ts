import { earliest, type Instant, type MediaEvent } from "@sluice/media";
import {
  type ConnectionQuality,
  type MethodCall,
  type MethodName,
  type Params,
  type Result,
  SluiceError,
  type TokenClaims,
} from "@sluice/protocol";
import type { RoomEffect } from "../room/effect.js";
import { type JoinResult, Room } from "../room/room.js";
import type { ConsumerStatistics, ProducerStatistics } from "../worker/messages.js";
import type { ReadyWorker, WorkerPool } from "../worker/worker-pool.js";
import { ActiveSpeakers, type Speakers } from "./active-speakers.js";
import { CLOSE_CODE_BY_REASON, type Client } from "./client.js";
import type { Clock } from "./clock.js";
import type { Entropy } from "./entropy.js";
import { RoomMedia } from "./room-media.js";

export interface RoomSessionOptions {
  readonly name: string;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly workers: WorkerPool;
  readonly maxParticipants: number;
  readonly maxTracks: number;
  readonly departureTimeoutMs: number;
  /** Nobody is in the room any more, or somebody is again. */
  readonly onOccupancyChanged: () => void;
}

/** Requests about a room one is in; `join`, `leave`, `ping` and signals to every room go elsewhere. */
export type RoomCall = Extract<MethodCall, { readonly method: Exclude<MethodName, "join" | "leave" | "ping"> }>;

/** One room at work: the pure {@link Room}, its media, its clients and its clock. One input at a time, effects drained after each. */
export class RoomSession {
  readonly room: Room;
  readonly media: RoomMedia;
  readonly #options: RoomSessionOptions;
  /** By participant id; who is away has none. */
  readonly #clients = new Map<string, Client>();
  readonly #speakers = new ActiveSpeakers();
  readonly #qualities = new Map<string, ConnectionQuality>();
  #timer: { readonly due: Instant; readonly cancel: () => void } | undefined;

  constructor(options: RoomSessionOptions) {
    this.#options = options;
    const { entropy, workers, name, maxParticipants, maxTracks, departureTimeoutMs } = options;
    this.room = new Room({ name, randomId: entropy.randomId, maxParticipants, maxTracks, departureTimeoutMs });
    this.media = new RoomMedia({
      room: this.room,
      workers,
      entropy,
      notify: (participantIds, notification) => this.room.announce(participantIds, notification),
    });
  }

  /** Throws SluiceError `permissionDenied` or `resourceExhausted`. */
  join(client: Client, claims: TokenClaims, params: Params<"join">): JoinResult {
    return this.#run(() => {
      const result = this.room.join(claims, params, this.#options.clock.unixMs());
      const { participantId } = result.participant;
      const before = this.#clients.get(participantId);
      this.#clients.set(participantId, client);
      if (result.isResumed) {
        if (before !== client) before?.close("alreadyExists", "resumed on another connection");
        this.#setQuality(participantId, "excellent");
        this.media.handleResumed(participantId, this.#options.clock.now());
      }
      if (this.#speakers.speakers.length > 0) this.#tellSpeakers([participantId], this.#speakers.speakers);
      this.#tellQualities(participantId);
      this.#options.onOccupancyChanged();
      return result;
    });
  }

  /** What `join` would answer now to a participant who is in the room. */
  describe(participantId: string): JoinResult {
    return this.room.describe(participantId, false);
  }

  /** Everything a participant may ask for here. Throws SluiceError. */
  handleCall(participantId: string, call: RoomCall): Result<RoomCall["method"]> {
    return this.#run(() => this.#carryOut(participantId, call));
  }

  leave(participantId: string): void {
    this.#run(() => this.room.leave(participantId, "clientLeft"));
  }

  /** The participant's page is going away. Nothing happens when it is here by another connection by now. */
  leaveAs(participantId: string, client: Client): void {
    if (this.#clients.get(participantId) === client) this.leave(participantId);
  }

  /** The connection is gone; nothing happens when the participant has another one by now. */
  handleClientGone(participantId: string, client: Client): void {
    if (this.#clients.get(participantId) !== client) return;
    this.#run(() => {
      this.#clients.delete(participantId);
      this.room.handleConnectionLost(participantId, this.#options.clock.now());
      this.#setQuality(participantId, "lost");
    });
  }

  /** A signal from another room of this node, or from here. Returns how many it was handed to. */
  deliverSignal(from: string, call: Params<"signal">): number {
    return this.#run(() => this.room.deliverSignal(from, call.type, call.data));
  }

  handleMediaEvent(worker: ReadyWorker, event: MediaEvent): void {
    this.#run(() => {
      const lostId = this.media.handleMediaEvent(worker, event, this.#options.clock.now());
      if (lostId !== undefined) this.#setQuality(lostId, "lost");
      if (event.type === "audioLevels" && worker === this.media.worker) this.#handleAudioLevels(event);
    });
  }

  handleStatistics(
    producers: ReadonlyMap<string, ProducerStatistics>,
    consumers: ReadonlyMap<string, ConsumerStatistics>,
  ): void {
    this.#run(() => {
      for (const { participantId, transport } of this.media.participants) {
        if (transport === undefined || !this.#clients.has(participantId)) continue;
        const ids = [...transport.sent.values()].map(({ consumerId }) => consumerId);
        const quality = transport.quality.measure(
          this.media.producerIdsOf(participantId).flatMap((id) => producers.get(id) ?? []),
          ids.flatMap((id) => consumers.get(id) ?? []),
        );
        this.#setQuality(participantId, quality);
      }
    });
  }

  handleWorkerDied(worker: ReadyWorker): void {
    this.#run(() => this.media.handleWorkerDied(worker));
  }

  handleWorkerReady(): void {
    this.#run(() => this.media.handleWorkerReady());
  }

  /** Everybody is told, every connection ends, the Router is closed. */
  close(reason: "roomClosed" | "nodeShutdown"): void {
    this.#run(() => this.room.close(reason));
    this.media.close();
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #carryOut(participantId: string, call: RoomCall): Result<RoomCall["method"]> {
    const { room } = this;
    switch (call.method) {
      case "offer":
        room.checkJoined(participantId);
        return this.media.handleOffer(participantId, call.params, this.#options.clock.now());
      case "trickle":
        // ICE lite: the client's checks tell us where it is, its candidates are not needed.
        room.checkJoined(participantId);
        return {};
      case "publish":
        return { track: room.publish(participantId, call.params) };
      case "unpublish":
        room.unpublish(participantId, call.params.trackId);
        return {};
      case "subscribe":
        room.subscribe(participantId, call.params.trackIds);
        return {};
      case "unsubscribe":
        room.unsubscribe(participantId, call.params.trackIds);
        return {};
      case "setLayers":
        room.setLayers(participantId, call.params.trackId, call.params.paused);
        return {};
      case "mute":
        room.mute(participantId, call.params.trackId, call.params.muted);
        return {};
      case "signal":
        return { delivered: room.signal(participantId, call.params) };
      case "sendData":
        room.sendData(participantId, call.params);
        return {};
    }
  }

  /** One input, then everything that follows from it, then the next deadline; also when the input was refused. */
  #run<T>(input: () => T): T {
    try {
      return input();
    } finally {
      for (let effects = this.room.pollEffects(); effects.length > 0; effects = this.room.pollEffects()) {
        for (const effect of effects) this.#apply(effect);
      }
      this.#schedule();
    }
  }

  #apply(effect: RoomEffect): void {
    const now = this.#options.clock.now();
    switch (effect.type) {
      case "notify":
        for (const participantId of effect.participantIds) this.#clients.get(participantId)?.notify(effect.notification);
        break;
      case "wantedTracksChanged":
        this.media.handleWantedTracksChanged(effect.participantId, now);
        break;
      case "trackPaused":
        this.media.handleTrackPaused(effect.trackId, effect.isPaused);
        break;
      case "subscriptionPaused":
        this.media.handleSubscriptionPaused(effect.participantId);
        break;
      case "trackClosed":
        this.media.handleTrackClosed(effect.trackId);
        break;
      case "participantClosed": {
        this.media.handleParticipantClosed(effect.participantId, now);
        this.#qualities.delete(effect.participantId);
        this.#speakersChanged(this.#speakers.remove(effect.participantId));
        const client = this.#clients.get(effect.participantId);
        this.#clients.delete(effect.participantId);
        if (client !== undefined && effect.reason !== "clientLeft") {
          client.notify({ method: "roomClosed", params: { reason: effect.reason } });
          client.close(CLOSE_CODE_BY_REASON[effect.reason], effect.reason);
        }
        this.#options.onOccupancyChanged();
        break;
      }
    }
  }

  #handleAudioLevels({ levels }: Extract<MediaEvent, { readonly type: "audioLevels" }>): void {
    const heard = levels.flatMap(({ producerId, level, activeRatio }) => {
      const track = this.media.trackOf(producerId);
      return track === undefined || track.isMuted ? [] : [{ participantId: track.participantId, level, activeRatio }];
    });
    this.#speakersChanged(this.#speakers.handleLevels(heard, this.#options.clock.now()));
  }

  #speakersChanged(speakers: Speakers | undefined): void {
    if (speakers !== undefined) this.#tellSpeakers(this.#clients.keys(), speakers);
  }

  #tellSpeakers(participantIds: Iterable<string>, speakers: Speakers): void {
    this.room.announce(participantIds, { method: "activeSpeakers", params: { speakers } });
  }

  /** To the participant itself and to whoever receives it: nobody else sees its quality. */
  #setQuality(participantId: string, quality: ConnectionQuality): void {
    if ((this.#qualities.get(participantId) ?? "excellent") === quality) return;
    this.#qualities.set(participantId, quality);
    const receivers = new Set([participantId, ...this.room.subscribersOf(participantId)]);
    this.room.announce(receivers, { method: "connectionQuality", params: { participants: [{ participantId, quality }] } });
  }

  /** A newcomer takes the quality of those it receives for excellent until it hears otherwise. */
  #tellQualities(participantId: string): void {
    const participants = [...this.#qualities]
      .filter(([otherId, quality]) => quality !== "excellent" && [...this.room.subscribersOf(otherId)].includes(participantId))
      .map(([otherId, quality]) => ({ participantId: otherId, quality }));
    if (participants.length > 0) this.room.announce([participantId], { method: "connectionQuality", params: { participants } });
  }

  #schedule(): void {
    const { clock } = this.#options;
    const due = earliest(earliest(this.room.pollTimeout(), this.media.pollTimeout()), this.#speakers.pollTimeout());
    if (due === this.#timer?.due) return;
    this.#timer?.cancel();
    this.#timer = undefined;
    if (due === undefined) return;
    const delayMs = Math.max(0, Math.ceil((due - clock.now()) / 1000));
    const cancel = clock.schedule(delayMs, () => {
      this.#timer = undefined;
      this.#handleTimeout();
    });
    this.#timer = { due, cancel };
  }

  #handleTimeout(): void {
    this.#run(() => {
      const now = this.#options.clock.now();
      this.room.handleTimeout(now);
      this.media.handleTimeout(now);
      this.#speakersChanged(this.#speakers.handleTimeout(now));
    });
  }
}

/** For a request that needs a room when there is none. */
export function notJoined(): SluiceError {
  return new SluiceError("failedPrecondition", "not in a room: join first");
}
