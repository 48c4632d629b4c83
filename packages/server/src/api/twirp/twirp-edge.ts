import type { IncomingMessage } from "node:http";
import { SluiceError, type TokenClaims } from "@sluice/protocol";
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { TokenVerifier } from "../../auth/token-verifier.js";
import { readBody } from "../../http/read-body.js";
import type { Log } from "../../log/log.js";
import type { Clock } from "../../session/clock.js";
import { accessToken } from "../../signaling/upgrade/access-token.js";
import { RequestMeter, UNKNOWN_METHOD } from "../../telemetry/request-meter.js";
import type { RequestSpans } from "../../telemetry/tracing/request-spans.js";
import type { Span } from "../../telemetry/tracing/span.js";
import { Admission, type AdmittedCall, MAX_BODY_BYTES } from "./admission.js";
import { timeoutOf, within } from "./call-deadline.js";
import { errorAnswer, type HttpAnswer, messageAnswer, textAnswer } from "./http-answer.js";
import { TWIRP_CODES } from "./twirp-code.js";
import { encodingOf, type TwirpEncoding } from "./twirp-encoding.js";
import { type TwirpMethod, TwirpRefusal, type TwirpService } from "./twirp-method.js";

export interface TwirpOptions {
  /** By name, without the package: "RoomService". */
  readonly services: ReadonlyMap<string, TwirpService>;
  /** Names of services that LiveKit has and this node has not. */
  readonly absentServices: ReadonlySet<string>;
  readonly verifier: TokenVerifier;
  readonly clock: Clock;
  readonly log: Log;
  /** Undefined: nothing is traced. */
  readonly spans?: RequestSpans | undefined;
}

/** A call whose caller may make it. */
interface Call {
  readonly method: TwirpMethod;
  readonly encoding: TwirpEncoding;
  readonly claims: TokenClaims;
  readonly timeoutMs: number;
  readonly admitted: AdmittedCall;
  readonly span: Span | undefined;
}

/** Requests from other origins, s: browsers ask again after that. */
const PREFLIGHT_MAX_AGE = 7_200;

/** LiveKit's server API: `POST /twirp/livekit.SERVICE/METHOD`, in JSON and in protobuf (Twirp wire protocol v7). */
export class TwirpEdge {
  readonly #options: TwirpOptions;
  readonly #admission = new Admission();
  /** Calls by "SERVICE/METHOD". */
  readonly methods = new RequestMeter();

  constructor(options: TwirpOptions) {
    this.#options = options;
  }

  addRoutes(app: FastifyInstance): void {
    // In a scope of its own, for nothing is read of a body before its sender may send it.
    void app.register(async (scope) => {
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser("*", (_request, _payload, done) => done(null));
      scope.all("/twirp/*", async (request, reply) => {
        if (request.method === "OPTIONS") return allowOrigin(request, reply).code(204).send();
        return send(request, reply, await this.#answer(request.raw, (request.params as { readonly "*": string })["*"]));
      });
      // Before it calls us fastify refuses what is no content type at all.
      scope.setErrorHandler<FastifyError>(async (error, request, reply) => {
        if (error.statusCode !== 415) throw error;
        return send(request, reply, wrongContentType());
      });
    });
  }

  async #answer(request: IncomingMessage, path: string): Promise<HttpAnswer> {
    const { services, clock, spans } = this.#options;
    const startedAt = clock.now();
    const [, service = "", name = ""] = /^livekit\.(\w+)\/(\w+)$/.exec(path) ?? [];
    const method = services.get(service)?.get(name);
    const called = method === undefined ? undefined : `livekit.${service}/${name}`;
    const span = spans?.startHttpCall(request, { system: "twirp", method: called });
    const answer = await this.#answerCall(request, path, service, method, span);
    if (span !== undefined) spans?.endHttpCall(span, answer.status, answer.outcome);
    const counted = method === undefined ? UNKNOWN_METHOD : `${service}/${name}`;
    this.methods.record(counted, answer.outcome, startedAt, clock.now());
    return answer;
  }

  /** Everything that can be refused without the body is; so nobody without a key makes this node hold one. */
  async #answerCall(
    request: IncomingMessage,
    path: string,
    service: string,
    method: TwirpMethod | undefined,
    span: Span | undefined,
  ): Promise<HttpAnswer> {
    const { services, absentServices, clock } = this.#options;
    if (!services.has(service) && absentServices.has(service))
      return errorAnswer("unimplemented", `this node has no ${service}`);
    if (method === undefined) return errorAnswer("bad_route", `no such method: /twirp/${path}`);
    if (request.method !== "POST") return errorAnswer("bad_route", `${request.method} is not how methods are called: POST is`);
    const encoding = encodingOf(request.headers["content-type"]);
    if (encoding === undefined) return wrongContentType();
    const claims = await this.#authenticate(request);
    if ("refusal" in claims) return textAnswer(401, claims.refusal);
    const announcedBytes = lengthOf(request);
    if (announcedBytes !== undefined && announcedBytes > MAX_BODY_BYTES) return tooLarge();
    try {
      const admitted = this.#admission.admit(claims.iss, announcedBytes, clock.now());
      const timeoutMs = timeoutOf(request.headers["x-twirp-timeout-ms"]);
      const answer = this.#carryOut(request, { method, encoding, claims, timeoutMs, admitted, span });
      const late = errorAnswer("deadline_exceeded", `no answer within ${timeoutMs} ms`);
      return (await within(answer, timeoutMs, clock)) ?? { ...late, closesConnection: !request.complete };
    } catch (error) {
      return this.#refuse(error, path);
    }
  }

  async #authenticate(request: IncomingMessage): Promise<TokenClaims | { readonly refusal: string }> {
    const { verifier, clock } = this.#options;
    try {
      const token = accessToken(request);
      try {
        return await verifier.verify(token, clock.unixMs());
      } catch (error) {
        // Whoever has mistaken the key looks for it in another place than whoever has mistaken the token.
        if (!(error instanceof SluiceError) || !verifier.namesUnknownKey(token)) throw error;
        return { refusal: `invalid API key: ${error.message}` };
      }
    } catch (error) {
      if (!(error instanceof SluiceError)) throw error;
      return { refusal: `invalid authorization token: ${error.message}` };
    }
  }

  async #carryOut(request: IncomingMessage, call: Call): Promise<HttpAnswer> {
    const { method, encoding, claims, timeoutMs, admitted, span } = call;
    const { spans } = this.#options;
    try {
      const body = await readBody(request, MAX_BODY_BYTES);
      if (body === undefined) return tooLarge();
      admitted.handleBody(body.length, this.#options.clock.now());
      const run = () => method.answer(body, encoding, { claims, timeoutMs });
      const answer = await (span === undefined || spans === undefined ? run() : spans.tracer.run(span, run));
      if (answer instanceof TwirpRefusal) return errorAnswer(answer.code, answer.text, answer.meta);
      return messageAnswer(answer, encoding);
    } finally {
      admitted.end();
    }
  }

  #refuse(error: unknown, path: string): HttpAnswer {
    if (error instanceof SluiceError) return errorAnswer(TWIRP_CODES[error.code], error.message);
    this.#options.log.error({ method: path, error }, "a call of the server's API failed");
    return errorAnswer("internal", "internal error");
  }
}

function send(request: FastifyRequest, reply: FastifyReply, answer: HttpAnswer): FastifyReply {
  if (answer.closesConnection === true) reply.header("Connection", "close");
  return allowOrigin(request, reply).code(answer.status).type(answer.contentType).send(answer.body);
}

function wrongContentType(): HttpAnswer {
  return errorAnswer("bad_route", "Content-Type: application/json or application/protobuf");
}

/** Pages of any origin may call: what a call may do is the token's to say, and there are no cookies. */
function allowOrigin(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  reply.header("Access-Control-Allow-Origin", "*");
  if (request.method !== "OPTIONS") return reply;
  const asked = request.headers["access-control-request-headers"];
  return reply
    .header("Access-Control-Allow-Methods", "POST, OPTIONS")
    .header("Access-Control-Allow-Headers", asked ?? "Authorization, Content-Type")
    .header("Access-Control-Max-Age", String(PREFLIGHT_MAX_AGE));
}

function lengthOf({ headers }: IncomingMessage): number | undefined {
  const length = headers["content-length"];
  if (length !== undefined) return Number(length);
  return headers["transfer-encoding"] === undefined ? 0 : undefined;
}

function tooLarge(): HttpAnswer {
  return { ...textAnswer(413, `a request's body may have ${MAX_BODY_BYTES} bytes`), closesConnection: true };
}
