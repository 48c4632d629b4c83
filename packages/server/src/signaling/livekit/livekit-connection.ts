import { SessionDescription, SignalRequest, SignalResponse, type SpeakersChanged } from "@livekit/protocol";
import type { Instant } from "@sluice/media";
import { type ErrorCode, type Notification, SluiceError, type TokenClaims } from "@sluice/protocol";
import type { RawData, WebSocket } from "ws";
import type { Limits } from "../../config/config.js";
import type { Log } from "../../log/log.js";
import type { Client } from "../../session/client.js";
import type { Clock } from "../../session/clock.js";
import type { Joined, Membership, Rooms } from "../../session/rooms.js";
import { OK, UNKNOWN_METHOD } from "../../telemetry/request-meter.js";
import type { ConnectionTrace } from "../../telemetry/tracing/connection-trace.js";
import type { ServerOffer } from "../negotiation/offering-negotiation.js";
import { DoorSocket } from "../upgrade/door-socket.js";
import type { ConnectRequest } from "./connect-request.js";
import type { LiveKitCounters } from "./counters.js";
import { joinParameters } from "./join-parameters.js";
import { joinResponse, type NodeDescription, reconnectResponses } from "./join-response.js";
import { leaveAndReconnect } from "./leave.js";
import { NotificationTranslator } from "./notification-translator.js";
import { refusalOf } from "./refusal.js";
import type { ResumeFaults } from "./resume-faults.js";
import { parseSignalRequest, type SignalFormat, serializeSignalResponse } from "./signal-format.js";
import { SignalRequests } from "./signal-requests.js";
import { WantedSections } from "./wanted-sections.js";

export interface LiveKitConnectionOptions {
  readonly claims: TokenClaims;
  readonly rooms: Rooms;
  readonly node: NodeDescription;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly log: Log;
  readonly counters: LiveKitCounters;
  /** Undefined: nothing is traced. */
  readonly trace?: ConnectionTrace | undefined;
  readonly resumeFaults: ResumeFaults;
  /** The token for the participant's next connection; undefined: it keeps what it has. */
  readonly refreshToken: (membership: Membership) => Promise<string | undefined>;
}

/** A message counts as one request more for every so many bytes it has. */
export const BYTES_PER_REQUEST = 16_384;
/** Clients send what they want of hundreds of tracks in as many messages at once: what this many seconds allow is one burst. */
export const BURST_SECONDS = 20;
/** Heartbeats between two tokens: five minutes. */
const HEARTBEATS_PER_TOKEN = 60;
/** Heartbeats within which the media connection of who joins has to stand: a minute. */
const HEARTBEATS_TO_JOIN = 12;
const NO_SECTIONS = { audio: 0, video: 0 } as const;
/** The browser's page is going away (RFC 6455 §7.4.1): it will not be back for this participant. */
const GOING_AWAY = 1001;

/**
 * One client of LiveKit's. It joins before its WebSocket opens, so that what is refused is an HTTP status; until then what it is told
 * waits. Requests are handled one by one; what a request causes to be said to its own sender leaves after its answer.
 */
export class LiveKitConnection implements Client {
  readonly #options: LiveKitConnectionOptions;
  readonly #sections = new WantedSections();
  #socket: DoorSocket | undefined;
  /** What waits for the socket, and whether it is to end when all of that is said. */
  #waiting: SignalResponse[] = [];
  #endAtOnce: ((socket: DoorSocket) => void) | undefined;
  #format: SignalFormat = "protobuf";
  #membership: Membership | undefined;
  #requests: SignalRequests | undefined;
  #translator: NotificationTranslator | undefined;
  /** While a request is handled: what has to wait for its answer. */
  #deferred: (() => void)[] | undefined;
  #heartbeats = 0;

  constructor(options: LiveKitConnectionOptions) {
    this.#options = options;
  }

  /** Throws SluiceError; then nothing has happened. */
  join(request: ConnectRequest): void {
    const { rooms, claims, resumeFaults } = this.#options;
    this.#defer(() => {
      if (request.resume === undefined) {
        const joined = rooms.join(this, claims, joinParameters(request, claims, rooms));
        this.#send(joinResponse(this.#enter(joined), request.connections === "dual"));
        return;
      }
      const fault = resumeFaults.take(request.resume);
      const joined = fault === "atOnce" ? undefined : rooms.resume(this, claims, request.resume);
      if (joined === undefined) {
        this.#dismissStranger(fault !== undefined);
        return;
      }
      const { session, participantId } = joined.membership;
      const responses = reconnectResponses(this.#enter(joined), session.lastReliableSequence(participantId));
      for (const response of responses) this.#send(response);
      if (fault !== undefined) this.#afterwards(() => this.terminate());
    });
    this.#handleFirstRequests(request);
  }

  /** The WebSocket is open. */
  attach(socket: WebSocket): void {
    const { claims, clock, limits, log, counters } = this.#options;
    this.#socket = new DoorSocket({
      socket,
      identity: claims.sub,
      clock,
      limits,
      burstSeconds: BURST_SECONDS,
      log,
      counters,
      onMessage: (data, isBinary) => this.#handleFrame(data, isBinary),
      onClose: (code) => this.#handleClose(code),
    });
    for (const response of this.#waiting.splice(0)) this.#send(response);
    this.#endAtOnce?.(this.#socket);
  }

  /** It was never opened: who joined by it is gone. */
  abandon(): void {
    const { membership } = this;
    this.#membership = undefined;
    membership?.session.leaveAs(membership.participantId, this);
  }

  notify(notification: Notification): void {
    this.#afterwards(() => this.#notify(notification));
  }

  sendOffer({ id, sdp, tracks }: ServerOffer): void {
    const midToTrackId = Object.fromEntries(tracks.map(({ mid, trackId }) => [mid, trackId]));
    const value = new SessionDescription({ type: "offer", sdp, id, midToTrackId });
    this.#afterwards(() => this.#reply({ case: "offer", value }));
  }

  close(code: ErrorCode, message: string): void {
    this.#afterwards(() => this.#end((socket) => socket.close(code, message)));
  }

  /** Without waiting for the other side. */
  terminate(): void {
    this.#end((socket) => socket.terminate());
  }

  /** Once per heartbeat interval. */
  handleHeartbeat(maxSilentIntervals: number): void {
    this.#socket?.handleHeartbeat(maxSilentIntervals);
    this.#heartbeats += 1;
    const { membership } = this;
    if (membership === undefined) return;
    const { session, participantId } = membership;
    for (const response of this.#translator?.tellQualities((id) => session.qualities.get(id)) ?? []) this.#send(response);
    if (this.#heartbeats % HEARTBEATS_PER_TOKEN === 0) this.#refreshToken(membership);
    const isJoining = session.room.participant(participantId)?.state === "joined";
    if (isJoining && this.#heartbeats === HEARTBEATS_TO_JOIN) session.leave(participantId, "joinFailed");
  }

  /** Undefined also when the participant has been removed from the room. */
  get membership(): Membership | undefined {
    const membership = this.#membership;
    return membership?.session.room.presenceOf(membership.participantId) === undefined ? undefined : membership;
  }

  #enter({ membership, result }: Joined) {
    const { clock, node, log, claims } = this.#options;
    const { session, participantId } = membership;
    const participant = session.room.participant(participantId);
    if (participant === undefined) throw new SluiceError("internal", "who has just joined is not there");
    this.#membership = membership;
    // Who has resumed goes on with what it offered by the connection before.
    this.#sections.handleOffered(session.media.participants.get(participantId)?.offeredSections ?? NO_SECTIONS);
    this.#translator = new NotificationTranslator(session.room, participantId, this.#sections);
    this.#requests = new SignalRequests({
      membership,
      clock,
      sections: this.#sections,
      scenario: this.#scenarioActions(membership),
      reply: (message) => this.#reply(message),
    });
    const { resumed } = result;
    log.info({ room: session.room.name, identity: claims.sub, participantId, resumed, door: "livekit" }, "joined");
    return { room: session.room, participant, iceServers: result.iceServers, node };
  }

  /** What a join request brings along is handled as if it had come after it. */
  #handleFirstRequests({ addTracks, offer, syncState }: ConnectRequest): void {
    const messages: SignalRequest["message"][] = [
      ...addTracks.map((value) => ({ case: "addTrack" as const, value })),
      ...(syncState === undefined ? [] : [{ case: "syncState" as const, value: syncState }]),
      ...(offer === undefined ? [] : [{ case: "offer" as const, value: offer }]),
    ];
    for (const message of messages) this.#handleRequest(new SignalRequest({ message }), this.#options.clock.now());
  }

  /** Whom it wants to be is not here any more, or is made to look so. */
  #dismissStranger(isSimulated: boolean): void {
    if (!isSimulated) this.#reply({ case: "leave", value: leaveAndReconnect() });
    this.close("notFound", "there is nothing to resume");
  }

  #handleFrame(data: RawData, isBinary: boolean): void {
    // ws hands over one Buffer as long as its binaryType is not changed.
    const bytes = data as Buffer;
    if (this.#socket?.takeRequest(1 + Math.floor(bytes.length / BYTES_PER_REQUEST)) !== true) return;
    this.#format = isBinary ? "protobuf" : "json";
    this.#options.counters.requests += 1;
    const { clock, counters } = this.#options;
    const startedAt = clock.now();
    const request = parseSignalRequest(bytes, this.#format);
    if (request?.message.case !== undefined) {
      this.#handleRequest(request, startedAt);
      return;
    }
    counters.malformed += 1;
    counters.methods.record(UNKNOWN_METHOD, "invalidRequest", startedAt, clock.now());
  }

  #handleRequest(request: SignalRequest, startedAt: Instant): void {
    const { clock, counters, trace } = this.#options;
    const outcome = trace === undefined ? this.#carryOut(request) : this.#carryOutTraced(trace, request);
    counters.methods.record(request.message.case ?? UNKNOWN_METHOD, outcome, startedAt, clock.now());
  }

  #carryOutTraced(trace: ConnectionTrace, request: SignalRequest): ErrorCode | typeof OK {
    return trace.run(
      { system: "livekit", method: request.message.case },
      this.#options.clock.now(),
      () => this.#carryOut(request),
      (outcome) => ({ outcome, statusCode: outcome }),
    );
  }

  /** Returns what became of it. */
  #carryOut(request: SignalRequest): ErrorCode | typeof OK {
    if (request.message.case === "leave") {
      this.#leave();
      return OK;
    }
    if (this.membership === undefined) return "failedPrecondition";
    let outcome: ErrorCode | typeof OK = OK;
    this.#defer(() => {
      try {
        this.#requests?.handle(request);
      } catch (error) {
        outcome = this.#refuse(request, error);
      }
    });
    return outcome;
  }

  /** Runs `input`, then what it caused to be said. */
  #defer(input: () => void): void {
    const deferred: (() => void)[] = [];
    this.#deferred = deferred;
    try {
      input();
    } finally {
      this.#deferred = undefined;
      for (const run of deferred) run();
    }
  }

  #afterwards(run: () => void): void {
    if (this.#deferred === undefined) run();
    else this.#deferred.push(run);
  }

  #leave(): void {
    const { membership } = this;
    this.#membership = undefined;
    if (membership !== undefined) {
      const { session, participantId } = membership;
      this.#options.log.info({ room: session.room.name, identity: this.#options.claims.sub, participantId }, "left");
      session.leave(participantId);
    }
    this.close("notFound", "left");
  }

  /** An offer that fails leaves client and node with different ideas of what there is: the client begins anew. */
  #refuse(request: SignalRequest, error: unknown): ErrorCode {
    const { counters, log, claims } = this.#options;
    const { case: what } = request.message;
    counters.requestsRefused += 1;
    if (!(error instanceof SluiceError)) log.error({ request: what, error }, "a request failed for a reason of ours");
    const refusal =
      error instanceof SluiceError
        ? error
        : new SluiceError("internal", `internal error in ${what}; the server's log has more`);
    log.debug({ identity: claims.sub, request: what, code: refusal.code, message: refusal.message }, "request refused");
    const value = refusalOf(request, refusal);
    if (value !== undefined) this.#reply({ case: "requestResponse", value });
    if (what !== "offer" && what !== "answer") return refusal.code;
    counters.mismatches += 1;
    log.warn({ identity: claims.sub, code: refusal.code, message: refusal.message }, `the ${what} was refused`);
    const isHopeless = refusal.code === "unsupported" || refusal.code === "resourceExhausted";
    this.membership?.session.leave(this.membership.participantId, isHopeless ? "joinFailed" : "stateMismatch");
    return refusal.code;
  }

  #notify(notification: Notification): void {
    const { membership } = this;
    for (const response of this.#translator?.translate(notification) ?? []) this.#send(response);
    // What others see of it is in its token, too.
    const isOfOneself =
      notification.method === "participantUpdated" &&
      notification.params.participant.participantId === membership?.participantId;
    if (isOfOneself && membership !== undefined) this.#refreshToken(membership);
    // Its media is gone with its worker, and LiveKit's clients get new media only by joining anew.
    if (notification.method === "reconnect") this.close("unavailable", "media was lost");
  }

  #refreshToken(membership: Membership): void {
    this.#options
      .refreshToken(membership)
      .then((token) => {
        if (token !== undefined) this.#afterwards(() => this.#reply({ case: "refreshToken", value: token }));
      })
      .catch((error: unknown) => this.#options.log.error({ error }, "a token could not be refreshed"));
  }

  #scenarioActions(membership: Membership) {
    const { clock, resumeFaults } = this.#options;
    return {
      clock,
      membership,
      tellSpeakers: (value: SpeakersChanged) => this.#reply({ case: "speakersChanged", value }),
      dismiss: (value: ReturnType<typeof leaveAndReconnect>) => {
        this.#reply({ case: "leave", value });
        this.close("unavailable", "as simulated");
      },
      vanish: () => {
        this.#membership = undefined;
        this.terminate();
        membership.session.leave(membership.participantId, "connectionLost");
      },
      breakNextResume: (when: "atOnce" | "afterAnswer") => resumeFaults.add(membership.participantId, when),
    };
  }

  #end(end: (socket: DoorSocket) => void): void {
    if (this.#socket === undefined) this.#endAtOnce ??= end;
    else end(this.#socket);
  }

  #reply(message: SignalResponse["message"]): void {
    this.#send(new SignalResponse({ message }));
  }

  #send(response: SignalResponse): void {
    if (this.#socket === undefined) this.#waiting.push(response);
    else this.#socket.send(serializeSignalResponse(response, this.#format));
  }

  #handleClose(code: number): void {
    const { membership } = this;
    this.#membership = undefined;
    if (membership === undefined) return;
    const { session, participantId } = membership;
    const { log, claims } = this.#options;
    log.info({ room: session.room.name, identity: claims.sub, participantId, code }, "disconnected");
    if (code === GOING_AWAY) session.leaveAs(participantId, this);
    else session.handleClientGone(participantId, this);
  }
}
