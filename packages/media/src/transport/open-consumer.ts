import type { Consumer } from "../router/consumer.js";
import type { Transport } from "./transport.js";

export interface OpenConsumer {
  readonly consumer: Consumer;
  readonly transport: Transport;
}
