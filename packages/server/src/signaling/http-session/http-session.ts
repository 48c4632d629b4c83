import { createHash, timingSafeEqual } from "node:crypto";
import { type IceCredentials, type SdpFragment, serializeSdpFragment } from "@sluice/media";
import { type LeaveReason, type Result, SluiceError, type TokenClaims } from "@sluice/protocol";
import type { ParticipantDoor } from "../../room/participant-door.js";
import { roomToJoin } from "../../room/permissions.js";
import type { Client } from "../../session/client.js";
import type { Clock } from "../../session/clock.js";
import type { Joined, Membership, Rooms } from "../../session/rooms.js";
import { TokenBucket } from "../upgrade/token-bucket.js";
import type { IfMatch } from "./if-match.js";
import { restartedOffer } from "./restarted-offer.js";
import { plainAnswer, refusal, type SessionAnswer } from "./session-answer.js";
import { transportSection } from "./transport-section.js";

export interface HttpSessionOptions {
  readonly rooms: Rooms;
  readonly door: ParticipantDoor;
  readonly clock: Clock;
  readonly claims: TokenClaims;
  /** What it was opened with: it is good for this session as long as that lasts. */
  readonly token: string;
  readonly sdp: string;
  readonly begin: BeginSession;
  /** The participant is in its room no longer. Once. */
  readonly onEnded: () => void;
}

/** Which section of the offer carries which track of its author. */
export type NamedTracks = readonly { readonly mid: string; readonly trackId: string }[];

/** What its participant publishes or subscribes to before it offers. Throws SluiceError. */
export type BeginSession = (membership: Membership) => NamedTracks;

/** From the answer to a media connection that stands, ms; whoever takes longer leaves. */
export const ESTABLISH_TIMEOUT_MS = 30_000;
/** Of one session in the long run: candidates come in twos and threes. */
export const MAX_PATCHES_PER_SECOND = 10;
const MAX_PATCHES_AT_ONCE = 50;

export const FRAGMENT_TYPE = "application/trickle-ice-sdpfrag";

/**
 * What a client of WHIP or WHEP has in a room: a participant that is told nothing, and lives as long as its Transport does. The client
 * knows that from its own side of it (RFC 7675).
 */
export class HttpSession implements Client {
  readonly #options: HttpSessionOptions;
  readonly #tokenDigest: Buffer;
  readonly #bucket: TokenBucket;
  readonly #joined: Joined;
  #named: NamedTracks = [];
  #sdp: string;
  #answer = "";
  #cancelTimeout = () => {};
  #isEnded = false;

  /** Joins, begins and negotiates. Throws SluiceError, and then it is as if it had never been. */
  constructor(options: HttpSessionOptions) {
    const { rooms, door, claims, clock, token, sdp, begin } = options;
    this.#options = options;
    this.#tokenDigest = digestOf(token);
    this.#bucket = new TokenBucket(MAX_PATCHES_PER_SECOND, MAX_PATCHES_AT_ONCE, clock.now());
    this.#sdp = sdp;
    this.#joined = rooms.join(this, claims, { autoSubscribe: false, endsWithTransport: true, door });
    try {
      this.#named = begin(this.#joined.membership);
      this.#answer = this.#offer(sdp);
    } catch (error) {
      this.#isEnded = true;
      this.#leave("joinFailed");
      throw error;
    }
    this.#cancelTimeout = clock.schedule(ESTABLISH_TIMEOUT_MS, () => this.#handleTimeout());
  }

  get participantId(): string {
    return this.#joined.membership.participantId;
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  get iceServers(): Result<"join">["iceServers"] {
    return this.#joined.result.iceServers;
  }

  /** To the offer that opened it, or to the last restart. */
  get answer(): string {
    return this.#answer;
  }

  /** Another one with every ICE session. */
  get entityTag(): string {
    return transportSection(this.#answer).ice.ufrag;
  }

  isOpenedWith(token: string): boolean {
    return timingSafeEqual(this.#tokenDigest, digestOf(token));
  }

  /** The same participant's token, be it another one. */
  belongsTo(claims: TokenClaims): boolean {
    const { claims: own } = this.#options;
    return claims.sub === own.sub && roomToJoin(claims) === roomToJoin(own);
  }

  /** Throws SluiceError `resourceExhausted`. */
  takeRequest(): void {
    if (this.#bucket.take(this.#options.clock.now())) return;
    throw new SluiceError("resourceExhausted", `more than ${MAX_PATCHES_PER_SECOND} requests per second for one session`);
  }

  /**
   * Candidates are not needed: with ICE lite the client's checks say where it is. Throws SluiceError for a restart that cannot be
   * done; then ICE goes on as it was.
   */
  patch(match: IfMatch, { ice }: SdpFragment): SessionAnswer {
    if (match.type === "absent") return refusal(428, 'If-Match: the ETag of the ICE session, or "*" to restart ICE');
    if (match.type === "tags" && !match.tags.includes(this.entityTag))
      return refusal(412, "If-Match: this is not the ETag of the ICE session");
    const current = transportSection(this.#sdp).ice;
    if (ice !== undefined && (ice.ufrag !== current.ufrag || ice.pwd !== current.pwd)) return this.#restart(match, ice);
    if (match.type === "any" && ice === undefined)
      throw new SluiceError("invalidArgument", "an ICE restart says its a=ice-ufrag and a=ice-pwd");
    return plainAnswer(204);
  }

  leave(): void {
    this.#end();
    this.#leave("clientLeft");
  }

  notify(): void {
    // There is no connection over which anything could be said.
  }

  close(): void {
    this.#end();
  }

  /** Tracks may have been taken from it meanwhile. */
  #offer(sdp: string): string {
    const { session, participantId } = this.#joined.membership;
    const tracks = this.#named.filter(({ trackId }) => session.room.track(trackId) !== undefined);
    const result = session.handleCall(participantId, { method: "offer", params: { sdp, tracks } }) as Result<"offer">;
    return result.sdp;
  }

  #restart(match: IfMatch, ice: IceCredentials): SessionAnswer {
    if (match.type !== "any")
      throw new SluiceError("invalidArgument", "other ICE credentials are a restart, which says If-Match: *");
    const sdp = restartedOffer(this.#sdp, ice);
    this.#answer = this.#offer(sdp);
    this.#sdp = sdp;
    const { kind, mid = "", ice: own, candidates } = transportSection(this.#answer);
    const body = serializeSdpFragment({ ice: own, candidates, endOfCandidates: true }, kind, mid);
    return plainAnswer(200, { "Content-Type": FRAGMENT_TYPE, ETag: `"${own.ufrag}"` }, body);
  }

  #handleTimeout(): void {
    const { session, participantId } = this.#joined.membership;
    if (session.room.participant(participantId)?.state === "joined") this.#leave("joinFailed");
  }

  #leave(reason: LeaveReason): void {
    const { session, participantId } = this.#joined.membership;
    session.leave(participantId, reason);
  }

  #end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#cancelTimeout();
    this.#options.onEnded();
  }
}

function digestOf(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}
