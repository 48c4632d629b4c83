import type { IncomingMessage } from "node:http";
import { type Instant, parseSdpFragment } from "@sluice/media";
import { SluiceError, type TokenClaims } from "@sluice/protocol";
import type { TokenVerifier } from "../../auth/token-verifier.js";
import type { Config } from "../../config/config.js";
import { readBody } from "../../http/read-body.js";
import type { Log } from "../../log/log.js";
import type { ParticipantDoor } from "../../room/participant-door.js";
import { roomToJoin } from "../../room/permissions.js";
import type { Clock } from "../../session/clock.js";
import type { Rooms } from "../../session/rooms.js";
import type { RequestSpans } from "../../telemetry/tracing/request-spans.js";
import type { Span } from "../../telemetry/tracing/span.js";
import { accessToken, queryOf } from "../upgrade/access-token.js";
import type { ConnectionsByIp } from "../upgrade/connections-by-ip.js";
import { checkOrigin } from "../upgrade/origin-policy.js";
import { HttpSessionCounters } from "./counters.js";
import { type BeginSession, FRAGMENT_TYPE, HttpSession } from "./http-session.js";
import { parseIfMatch } from "./if-match.js";
import { RatesByIp } from "./rates-by-ip.js";
import { linksTo, plainAnswer, refusal, refusalOf, type SessionAnswer } from "./session-answer.js";

export interface HttpSessionDoorOptions {
  readonly config: Pick<Config, "allowedOrigins" | "bindAddresses" | "isDev" | "limits">;
  readonly rooms: Rooms;
  readonly verifier: TokenVerifier;
  readonly clock: Clock;
  readonly log: Log;
  readonly connectionsByIp: ConnectionsByIp;
  /** Undefined: nothing is traced. */
  readonly spans?: RequestSpans | undefined;
}

/** What tells one door of this kind from another. */
export interface SessionKind {
  /** Without a slash at the end. */
  readonly path: string;
  readonly door: ParticipantDoor;
  /** Reads the offer before anybody joins; `query`: of its URL. Throws SluiceError. */
  readonly read: (sdp: string, claims: TokenClaims, query: URLSearchParams) => BeginSession;
}

/** Carries out a request that came at `startedAt`; what it does in its room, it does in the request's span, if there is one. */
type RunRequest = (startedAt: Instant, span: Span | undefined) => Promise<SessionAnswer>;

/** Chromium's offer of one audio and one video section is 6 kB. */
export const MAX_OFFER_BYTES = 65_536;
export const MAX_FRAGMENT_BYTES = 16_384;
/** A new session costs as much as so many other requests. */
const SESSION_COST = 10;

/** The way in for who only sends (WHIP, RFC 9725) or only receives (WHEP), by HTTP. One participant is one session. */
export class HttpSessionDoor {
  readonly path: string;
  readonly counters = new HttpSessionCounters();
  readonly door: ParticipantDoor;
  readonly #options: HttpSessionDoorOptions;
  readonly #read: SessionKind["read"];
  /** By participant id. */
  readonly #sessions = new Map<string, HttpSession>();
  readonly #rates: RatesByIp;
  #isClosing = false;

  constructor(options: HttpSessionDoorOptions, { path, door, read }: SessionKind) {
    this.path = path;
    this.door = door;
    this.#options = options;
    this.#read = read;
    this.#rates = new RatesByIp(options.config.limits.requestsPerSecond);
  }

  get sessionCount(): number {
    return this.#sessions.size;
  }

  /** `POST` to {@link path}. Rejects only for reasons of ours. */
  open(request: IncomingMessage): Promise<SessionAnswer> {
    return this.#answer(request, "POST", SESSION_COST, async (startedAt, span) => {
      const { verifier, clock } = this.#options;
      const token = accessToken(request);
      const claims = await verifier.verify(token, clock.unixMs());
      roomToJoin(claims);
      if (mediaTypeOf(request) !== "application/sdp") return refusal(415, "Content-Type: application/sdp");
      const release = this.#count(request);
      try {
        const sdp = await readText(request, MAX_OFFER_BYTES);
        if (sdp === undefined) return tooLarge(MAX_OFFER_BYTES, release);
        const begin = this.#read(sdp, claims, queryOf(request.url));
        this.#checkServing();
        const { rooms } = this.#options;
        const onEnded = () => {
          this.#sessions.delete(session.participantId);
          release();
        };
        const options = { rooms, door: this.door, clock, claims, token, sdp, begin, onEnded };
        const session: HttpSession = this.#runIn(span, () => new HttpSession(options));
        this.#sessions.set(session.participantId, session);
        this.counters.connections += 1;
        this.counters.joinDurations.record((clock.now() - startedAt) / 1e6);
        return created(session, this.path);
      } catch (error) {
        release();
        throw error;
      }
    });
  }

  /** `PATCH` of a session: candidates, or an ICE restart. */
  patch(request: IncomingMessage, participantId: string): Promise<SessionAnswer> {
    return this.#answer(request, "PATCH", 1, async (_startedAt, span) => {
      const session = await this.#session(request, participantId);
      session.takeRequest();
      if (mediaTypeOf(request) !== FRAGMENT_TYPE) return refusal(415, `Content-Type: ${FRAGMENT_TYPE}`);
      const text = await readText(request, MAX_FRAGMENT_BYTES);
      if (text === undefined) return tooLarge(MAX_FRAGMENT_BYTES);
      const result = parseSdpFragment(text);
      if (!result.ok) throw new SluiceError("invalidArgument", `The body is no SDP fragment of ICE: ${result.reason}.`);
      if (session.isEnded) throw noSuchSession();
      const match = parseIfMatch(request.headers["if-match"]);
      return this.#runIn(span, () => session.patch(match, result.fragment));
    });
  }

  /** `DELETE` of a session. */
  end(request: IncomingMessage, participantId: string): Promise<SessionAnswer> {
    return this.#answer(request, "DELETE", 1, async (_startedAt, span) => {
      const session = await this.#session(request, participantId);
      this.#runIn(span, () => session.leave());
      return plainAnswer(200);
    });
  }

  /** No new sessions; those there are end with their rooms. */
  close(): void {
    this.#isClosing = true;
  }

  async #answer(request: IncomingMessage, method: string, cost: number, run: RunRequest): Promise<SessionAnswer> {
    const { clock, spans } = this.#options;
    const startedAt = clock.now();
    const span = spans?.startHttp(request, method === "POST" ? this.path : `${this.path}/:session`);
    const answer = await this.#answerOrRefuse(request, cost, () => run(startedAt, span));
    if (span !== undefined) spans?.endHttp(span, answer.status);
    this.counters.methods.record(method, String(answer.status), startedAt, clock.now());
    return answer;
  }

  #runIn<T>(span: Span | undefined, input: () => T): T {
    const { spans } = this.#options;
    return span === undefined || spans === undefined ? input() : spans.tracer.run(span, input);
  }

  async #answerOrRefuse(request: IncomingMessage, cost: number, run: () => Promise<SessionAnswer>): Promise<SessionAnswer> {
    try {
      this.#checkServing();
      this.#checkOrigin(request);
      this.#rates.take(request.socket.remoteAddress ?? "", cost, this.#options.clock.now());
      return await run();
    } catch (error) {
      if (error instanceof SluiceError) return refusalOf(error);
      this.#options.log.error({ error }, "a request failed for a reason of ours");
      return refusal(500, "internal error");
    }
  }

  /** Throws `unauthenticated` without a good token, `notFound`, or `permissionDenied` for somebody else's session. */
  async #session(request: IncomingMessage, participantId: string): Promise<HttpSession> {
    const { verifier, clock } = this.#options;
    const token = accessToken(request);
    const session = this.#sessions.get(participantId);
    if (session?.isOpenedWith(token)) return session;
    const claims = await verifier.verify(token, clock.unixMs());
    if (session === undefined || session.isEnded) throw noSuchSession();
    if (!session.belongsTo(claims)) throw new SluiceError("permissionDenied", "this session is somebody else's");
    return session;
  }

  #checkServing(): void {
    if (this.#isClosing) throw new SluiceError("unavailable", "this node is shutting down");
  }

  /** In development mode the secret is public, so there it takes more than a token. */
  #checkOrigin(request: IncomingMessage): void {
    const { config } = this.#options;
    if (config.allowedOrigins.length > 0 || config.isDev) checkOrigin(request, config);
  }

  /** From now on the address has one connection more. What is returned may be called twice. */
  #count(request: IncomingMessage): () => void {
    const release = this.#options.connectionsByIp.count(request.socket.remoteAddress ?? "");
    let isCounted = true;
    return () => {
      if (isCounted) release();
      isCounted = false;
    };
  }
}

function created(session: HttpSession, path: string): SessionAnswer {
  const links = linksTo(session.iceServers);
  const headers = {
    "Content-Type": "application/sdp",
    Location: `${path}/${session.participantId}`,
    ETag: `"${session.entityTag}"`,
    "Accept-Patch": FRAGMENT_TYPE,
    ...(links.length === 0 ? {} : { Link: links }),
  };
  return plainAnswer(201, headers, session.answer);
}

/** Without its parameters; empty: none. */
function mediaTypeOf({ headers }: IncomingMessage): string {
  return (headers["content-type"] ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
}

async function readText(request: IncomingMessage, maxBytes: number): Promise<string | undefined> {
  return (await readBody(request, maxBytes))?.toString("utf8");
}

/** Its rest is not read. */
function tooLarge(maxBytes: number, release = () => {}): SessionAnswer {
  release();
  return refusal(413, `a body may have ${maxBytes} bytes here`, { Connection: "close" });
}

function noSuchSession(): SluiceError {
  return new SluiceError("notFound", "no such session: it has ended, or never was on this node");
}
