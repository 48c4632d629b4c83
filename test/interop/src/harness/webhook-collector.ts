import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type WebhookEvent, WebhookReceiver } from "livekit-server-sdk";

/** A LiveKit application's receiver of webhooks: the SDK verifies every request, those it then refuses to take too. */
export class WebhookCollector {
  /** Those that were taken, in the order in which they came. */
  readonly events: WebhookEvent[] = [];
  /** What the SDK found wrong. */
  readonly complaints: string[] = [];
  requests = 0;
  readonly #receiver: WebhookReceiver;
  readonly #server = createServer((request, response) => void this.#handle(request, response));
  /** Requests that are still to be answered with 503. */
  #failures: number;

  private constructor(key: string, secret: string, failures: number) {
    this.#receiver = new WebhookReceiver(key, secret);
    this.#failures = failures;
  }

  /** It answers the first `failures` requests with 503. */
  static async open(key: string, secret: string, failures: number): Promise<WebhookCollector> {
    const collector = new WebhookCollector(key, secret, failures);
    collector.#server.listen(0, "127.0.0.1");
    await once(collector.#server, "listening");
    return collector;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/webhook`;
  }

  /** The events of one room. */
  of(room: string): WebhookEvent[] {
    return this.events.filter((event) => event.room?.name === room);
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    this.requests += 1;
    try {
      const body = Buffer.concat(chunks).toString();
      const event = await this.#receiver.receive(body, request.headers.authorization);
      if (this.#failures > 0) {
        this.#failures -= 1;
        response.writeHead(503).end();
        return;
      }
      this.events.push(event);
    } catch (error) {
      this.complaints.push(String(error));
    }
    response.end();
  }
}
