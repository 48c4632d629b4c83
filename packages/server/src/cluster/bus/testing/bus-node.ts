import type { Clock } from "../../../session/clock.js";
import { Bus, type BusOptions } from "../bus.js";
import type { BusLink, LinkState } from "../bus-link.js";
import type { BusGap, BusMessage } from "../bus-message.js";
import type { BusChannel } from "../channel.js";

export const SECRET = "a secret of a cluster, long enough";

/** A node's bus in a test, and everything that it heard. */
export class BusNode {
  readonly bus: Bus;
  readonly id: string;
  readonly messages: BusMessage[] = [];
  readonly gaps: BusGap[] = [];
  readonly states: LinkState["type"][] = [];
  /** What a handler does besides noting the message; may throw. */
  handle: (message: BusMessage) => void | Promise<void> = () => {};

  constructor(id: string, link: BusLink, clock: Clock, random: () => number, options: Partial<BusOptions> = {}) {
    this.id = id;
    this.bus = new Bus({
      nodeId: id,
      epoch: 1,
      secrets: [SECRET],
      link,
      clock,
      random,
      lanes: 4,
      onState: (state) => this.states.push(state.type),
      ...options,
    });
  }

  subscribe(channel: BusChannel): void {
    this.bus.subscribe(channel, {
      handleMessage: (message) => {
        const result = this.handle(message);
        if (!(result instanceof Promise)) this.messages.push(message);
        return result?.then(() => {
          this.messages.push(message);
        });
      },
      handleGap: (gap) => this.gaps.push(gap),
    });
  }

  say(channel: BusChannel, text: string, ttlMs?: number): boolean {
    return this.bus.publish(channel, Buffer.from(text), ttlMs);
  }

  /** What was said on `channel`, by whom it was said. */
  heard(channel?: BusChannel): string[] {
    return this.messages
      .filter((message) => channel === undefined || message.channel === channel)
      .map(({ sender, payload }) => `${sender}: ${Buffer.from(payload).toString()}`);
  }

  hasGap(cause: BusGap["cause"], channel?: BusChannel): boolean {
    return this.gaps.some((gap) => gap.cause === cause && (channel === undefined || gap.channel === channel));
  }
}
