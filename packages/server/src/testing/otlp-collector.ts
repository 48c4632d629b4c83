import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A span as OTLP's JSON has it, as far as tests look at it. */
export interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[];
  readonly status: { readonly code: number };
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
}

interface OtlpRequest {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: OtlpSpan["attributes"] };
    readonly scopeSpans: readonly { readonly spans: readonly OtlpSpan[] }[];
  }[];
}

/** Listens as a collector does, keeps what comes, and answers as its test says. */
export class OtlpCollector {
  readonly url: string;
  /** Everything that came, word for word. */
  readonly bodies: string[] = [];
  readonly headers: IncomingHttpHeaders[] = [];
  /** Of the next requests; by default a collector takes what it gets. */
  readonly answers: ((response: ServerResponse) => void)[] = [];
  readonly #close: () => Promise<void>;
  #wake = () => {};

  private constructor(url: string, close: () => Promise<void>) {
    this.url = url;
    this.#close = close;
  }

  static async open(): Promise<OtlpCollector> {
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => collector.#handle(request.headers, Buffer.concat(chunks).toString("utf8"), response));
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const collector: OtlpCollector = new OtlpCollector(
      `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`,
      async () => {
        server.closeAllConnections();
        server.close();
        await once(server, "close");
      },
    );
    return collector;
  }

  /** Of requests that were taken. */
  get spans(): readonly OtlpSpan[] {
    return this.#taken.flatMap(({ resourceSpans }) =>
      resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)),
    );
  }

  get resources(): readonly Readonly<Record<string, unknown>>[] {
    return this.#taken.flatMap(({ resourceSpans }) => resourceSpans.map(({ resource }) => attributesOf(resource)));
  }

  readonly #taken: OtlpRequest[] = [];

  /** Resolves when so many requests have come. */
  async received(requests: number): Promise<void> {
    while (this.bodies.length < requests) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  close(): Promise<void> {
    return this.#close();
  }

  #handle(headers: IncomingHttpHeaders, body: string, response: ServerResponse): void {
    this.bodies.push(body);
    this.headers.push(headers);
    const answer = this.answers.shift();
    if (answer !== undefined) answer(response);
    else {
      this.#taken.push(JSON.parse(body) as OtlpRequest);
      response.writeHead(200, { "content-type": "application/json" }).end("{}");
    }
    this.#wake();
  }
}

/** By name. */
export function attributesOf({ attributes }: Pick<OtlpSpan, "attributes">): Readonly<Record<string, unknown>> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}
