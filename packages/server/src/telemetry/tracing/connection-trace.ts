import { elapsedMs, type Instant } from "@sluice/media";
import { OK, OTHER_METHOD, type RpcOutcome, type RpcRequest } from "./rpc-request.js";
import type { Span } from "./span.js";
import { parseTraceparent, type SpanContext } from "./trace-context.js";
import type { Tracer } from "./tracer.js";

/** Requests of so long after the upgrade belong to its trace: joining takes several, of which each waits for the one before, ms. */
export const JOINING_MS = 15_000;
/** Sent every few seconds for as long as a connection lasts, and they tell nothing. */
const UNTRACED: ReadonlySet<string | undefined> = new Set(["ping", "pingReq"]);

/**
 * Which trace a WebSocket's requests are in. The first ones are below its upgrade, so that a whole join is one tree; a connection may last for
 * days, so each request after that is a trace of its own, linked to the upgrade. One that says its parent is below that, whenever it comes.
 */
export class ConnectionTrace {
  readonly #tracer: Tracer;
  readonly #opened: SpanContext;
  readonly #openedAt: Instant;

  /** `opened`: the span of the upgrade. */
  constructor(tracer: Tracer, opened: SpanContext, openedAt: Instant) {
    this.#tracer = tracer;
    this.#opened = opened;
    this.#openedAt = openedAt;
  }

  /** Runs `input`, which answers the request, in a span of the request, and ends that. */
  run<T>(request: RpcRequest, now: Instant, input: () => T, outcomeOf: (result: T) => RpcOutcome): T {
    if (UNTRACED.has(request.method)) return input();
    const span = this.#start(request, now);
    try {
      const result = this.#tracer.run(span, input);
      const { outcome, statusCode } = outcomeOf(result);
      if (outcome !== OK) {
        span.set("rpc.response.status_code", statusCode);
        span.fail(outcome);
      }
      return result;
    } finally {
      span.end();
    }
  }

  #start({ system, method = OTHER_METHOD, attributes, traceparent }: RpcRequest, now: Instant): Span {
    const isJoining = elapsedMs(this.#openedAt, now) < JOINING_MS;
    const parent = parseTraceparent(traceparent) ?? (isJoining ? this.#opened : undefined);
    return this.#tracer.start(method, {
      parent,
      links: parent === this.#opened ? [] : [this.#opened],
      kind: "server",
      attributes: { "rpc.system.name": system, "rpc.method": method, ...attributes },
    });
  }
}
