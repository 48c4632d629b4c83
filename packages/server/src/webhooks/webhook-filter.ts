import type { WebhookEventName } from "./webhook-events.js";

/** Which events somebody wants to hear of, by name. */
export interface WebhookFilter {
  /** Empty: all. */
  readonly include: readonly string[];
  readonly exclude: readonly string[];
}

export function isWanted({ include, exclude }: WebhookFilter, event: WebhookEventName): boolean {
  return (include.length === 0 || include.includes(event)) && !exclude.includes(event);
}
