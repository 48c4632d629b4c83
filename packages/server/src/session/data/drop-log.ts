import { after, type Instant } from "@sluice/media";
import type { Log } from "../../log/log.js";

/** Between two lines about the same participant and cause, ms. */
const INTERVAL_MS = 10_000;

interface Drops {
  /** Since the last line. */
  count: number;
  due: Instant;
}

/** Says in the log whose data messages are dropped: the first at once, then how many there were, at most every ten seconds. */
export class DropLog {
  readonly #log: Pick<Log, "warn">;
  readonly #context: Readonly<Record<string, unknown>>;
  /** By participant id, then by cause. */
  readonly #drops = new Map<string, Map<string, Drops>>();

  /** `context` is in every line. */
  constructor(log: Pick<Log, "warn">, context: Readonly<Record<string, unknown>>) {
    this.#log = log;
    this.#context = context;
  }

  handleDropped(participantId: string, cause: string, count: number, now: Instant): void {
    const ofParticipant = this.#drops.get(participantId) ?? new Map<string, Drops>();
    this.#drops.set(participantId, ofParticipant);
    const drops = ofParticipant.get(cause) ?? { count: 0, due: now };
    ofParticipant.set(cause, drops);
    drops.count += count;
    if (now < drops.due) return;
    this.#log.warn({ ...this.#context, participantId, cause, messages: drops.count }, "data messages dropped");
    drops.count = 0;
    drops.due = after(now, INTERVAL_MS);
  }

  handleParticipantClosed(participantId: string): void {
    this.#drops.delete(participantId);
  }
}
