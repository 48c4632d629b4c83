import type { IncomingMessage } from "node:http";
import type { Instant } from "@sluice/media";
import { ConnectionTrace } from "./connection-trace.js";
import { OTHER_METHOD, type RpcRequest } from "./rpc-request.js";
import type { Span } from "./span.js";
import { parseTraceparent } from "./trace-context.js";
import type { Tracer } from "./tracer.js";

/**
 * The spans of requests as doors see them, by OpenTelemetry's semantic conventions for HTTP (1.23, stable) and RPC (1.45, stable). There is
 * no address, no query, no header and no body in them: tokens and descriptions of media come that way.
 */
export class RequestSpans {
  readonly tracer: Tracer;

  constructor(tracer: Tracer) {
    this.tracer = tracer;
  }

  /** Below the span that the header `traceparent` names. `route`: the path, with names for what is different in each. */
  startHttp(request: IncomingMessage, route: string): Span {
    const { method = OTHER_METHOD, headers, socket } = request;
    return this.tracer.start(`${method} ${route}`, {
      parent: parseTraceparent(headers.traceparent),
      kind: "server",
      attributes: {
        "http.request.method": method,
        "http.route": route,
        "url.path": pathOf(request),
        "url.scheme": "encrypted" in socket ? "https" : "http",
      },
    });
  }

  /** A status of 4xx is the client's error, not the server's. */
  endHttp(span: Span, status: number): void {
    span.set("http.response.status_code", status);
    if (status >= 500) span.fail(String(status));
    span.end();
  }

  /** Of a WebSocket whose upgrade is the active span. */
  traceConnection(openedAt: Instant): ConnectionTrace | undefined {
    const opened = this.tracer.active?.context;
    return opened === undefined ? undefined : new ConnectionTrace(this.tracer, opened, openedAt);
  }

  /** Of a call that is an HTTP request. */
  startHttpCall(request: IncomingMessage, { system, method = OTHER_METHOD }: RpcRequest): Span {
    return this.tracer.start(method, {
      parent: parseTraceparent(request.headers.traceparent),
      kind: "server",
      attributes: { "rpc.system.name": system, "rpc.method": method },
    });
  }

  endHttpCall(span: Span, status: number, outcome: string): void {
    span.set("http.response.status_code", status);
    span.set("rpc.response.status_code", outcome);
    if (status >= 500) span.fail(outcome);
    span.end();
  }
}

/** The URL without its query: an access token may be in that. */
function pathOf({ url = "" }: IncomingMessage): string {
  return url.split("?", 1)[0] ?? "";
}
