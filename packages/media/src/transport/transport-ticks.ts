import type { Instant } from "../time/instant.js";
import { pollPadding } from "./probe-padding.js";
import type { Transport } from "./transport.js";
import { pollFeedback } from "./upstream-feedback.js";

/** A Transport whose path is quiet is looked at in one of so many ticks: estimates change every 50 ms, with feedback. */
const CONGESTION_TURNS = 5;

/** What Transports do as time passes, a few of them in full at each tick, so that none of the ticks takes long. */
export class TransportTicks {
  #turn = 0;

  /** Call it every 10 ms. */
  handleTick(transports: Iterable<Transport>, now: Instant): void {
    this.#turn = (this.#turn + 1) % CONGESTION_TURNS;
    let turn = 0;
    for (const transport of transports) {
      turn = (turn + 1) % CONGESTION_TURNS;
      const deadline = transport.pollTimeout();
      if (deadline !== undefined && deadline <= now) transport.handleTimeout(now);
      if (transport.reception.hasProducers) pollFeedback(transport, now);
      if (transport.isUnlimited || (turn !== this.#turn && !transport.outlet.isBusy)) continue;
      // What our own clients send comes from files, which have no smaller layers to fall back to.
      if (!transport.isControlling) transport.sharing.handleTimeout(transport, now);
      pollPadding(transport, now);
    }
  }
}
