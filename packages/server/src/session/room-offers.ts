import { after, type Instant } from "@sluice/media";
import { SluiceError } from "@sluice/protocol";
import type { Room } from "../room/room.js";
import type { NegotiationCommand, WantedTrack } from "../signaling/negotiation/negotiation-types.js";
import type { ServerOffer } from "../signaling/negotiation/offering-negotiation.js";
import type { Tracer } from "../telemetry/tracing/tracer.js";
import type { Entropy } from "./entropy.js";
import { setSent } from "./media-transport.js";
import { createOfferedTransport, type OfferedTransport } from "./offered-transport.js";
import type { ParticipantMedia } from "./participant-media.js";
import type { RoomTransports } from "./room-transports.js";
import type { RoomWorker } from "./room-worker.js";

/** How long a client may take to answer, or to come anew when the connection that it received in has ended, ms. LiveKit's: 15 s. */
export const MAX_ANSWER_MS = 15_000;

/** A client's answer to the offer of this id, or to the one that waits for an answer. */
export interface ClientAnswer {
  readonly id?: number;
  readonly sdp: string;
}

export interface RoomOffersOptions {
  readonly room: Room;
  readonly entropy: Entropy;
  readonly worker: RoomWorker;
  readonly transports: RoomTransports;
  /** Undefined: nothing is traced. */
  readonly tracer: Tracer | undefined;
  readonly wantedTracks: (participantId: string) => WantedTrack[];
  readonly apply: (transport: OfferedTransport, commands: readonly NegotiationCommand[], now: Instant) => void;
  readonly sendOffer: (participantId: string, offer: ServerOffer) => void;
}

/**
 * What a room offers to clients of two connections: each has a Transport from its joining to its leaving in which it only receives.
 * A client that does not answer, or whose Transport has ended, has to begin anew: it leaves with `stateMismatch`.
 */
export class RoomOffers {
  readonly #options: RoomOffersOptions;
  #lastOfferId = 0;
  /** By participant id, the first to fall due first. */
  readonly #deadlines = new Map<string, Instant>();

  constructor(options: RoomOffersOptions) {
    this.#options = options;
  }

  /** What the participant is to receive may be something else than it was offered, or it was offered nothing so far. */
  settle(participant: ParticipantMedia, now: Instant): void {
    const { room, wantedTracks, sendOffer, tracer } = this.#options;
    const { participantId } = participant;
    // Who is away is offered when it resumes.
    if (room.presenceOf(participantId)?.type !== "connected") return;
    if (participant.isReceivingOver) {
      // It has come back to what is no more.
      if (!this.#deadlines.has(participantId)) room.leave(participantId, "stateMismatch");
      return;
    }
    const transport = participant.offered ?? this.#open(participant);
    if (transport === undefined) return;
    try {
      const { negotiation } = transport;
      const wanted = wantedTracks(participantId);
      const offer =
        tracer === undefined
          ? negotiation.createOffer(wanted)
          : tracer.step("create offer", () => negotiation.createOffer(wanted));
      if (offer === undefined) return;
      this.#expect(participantId, now);
      sendOffer(participantId, offer);
    } catch (error) {
      if (!(error instanceof SluiceError)) throw error;
      room.leave(participantId, "stateMismatch");
    }
  }

  /** False: it answers no offer that waits for it. Throws SluiceError `invalidArgument` or `unsupported`, and changes nothing then. */
  handleAnswer(participant: ParticipantMedia, answer: ClientAnswer, now: Instant): boolean {
    const transport = participant.offered;
    const { wantedTracks, tracer } = this.#options;
    const wanted = wantedTracks(participant.participantId);
    if (transport === undefined) return false;
    const { negotiation } = transport;
    const input = { ...answer, wanted };
    const result =
      tracer === undefined
        ? negotiation.handleAnswer(input)
        : tracer.step("negotiate answer", () => negotiation.handleAnswer(input));
    if (result === undefined) return false;
    this.#deadlines.delete(participant.participantId);
    this.#options.apply(transport, result.commands, now);
    setSent(transport, result, wanted);
    if (result.hasData) transport.channels.agree(now);
    return true;
  }

  /** Offers and answers of the signaling connection before may be lost, so the next offer does not build on them: it restarts ICE. */
  handleResumed({ participantId, offered }: ParticipantMedia): void {
    this.#deadlines.delete(participantId);
    offered?.negotiation.restart(this.#options.entropy.iceCredentials());
  }

  /** The Transport has ended by itself. To the client DTLS is done, so it cannot be given another one. */
  handleEnded(participant: ParticipantMedia, now: Instant): void {
    participant.isReceivingOver = true;
    this.#expect(participant.participantId, now);
  }

  handleParticipantClosed(participantId: string): void {
    this.#deadlines.delete(participantId);
  }

  /** Who received there has been told to begin anew, or will be. */
  handleWorkerDied(): void {
    this.#deadlines.clear();
  }

  pollTimeout(): Instant | undefined {
    const [first] = this.#deadlines.values();
    return first;
  }

  handleTimeout(now: Instant): void {
    const { room } = this.#options;
    for (const [participantId, deadline] of [...this.#deadlines]) {
      if (deadline > now) continue;
      this.#deadlines.delete(participantId);
      if (room.presenceOf(participantId)?.type === "connected") room.leave(participantId, "stateMismatch");
    }
  }

  #expect(participantId: string, now: Instant): void {
    this.#deadlines.delete(participantId);
    this.#deadlines.set(participantId, after(now, MAX_ANSWER_MS));
  }

  /** Undefined: it has to begin anew, or no worker is ready. */
  #open(participant: ParticipantMedia): OfferedTransport | undefined {
    const { worker, transports } = this.#options;
    if (participant.state.type === "lost") return undefined;
    const ready = worker.open();
    if (ready === undefined) {
      worker.await();
      return undefined;
    }
    const { transport, localIce } = createOfferedTransport(this.#options, ready, participant.form, () => ++this.#lastOfferId);
    participant.openReceiving(transport);
    transports.add(participant, transport);
    worker.openTransport(transport.transportId, localIce);
    return transport;
  }
}
