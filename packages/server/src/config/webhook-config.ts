import { SluiceError } from "@sluice/protocol";
import { FOREIGN_WEBHOOK_EVENTS, WEBHOOK_EVENTS } from "../webhooks/webhook-events.js";
import type { ApiKeys } from "./api-keys.js";
import type { WebhookConfig } from "./config.js";
import { nearestName } from "./nearest-name.js";

export const MAX_WEBHOOK_URLS = 16;
export const WEBHOOK_URLS_RANGE = '"https://app.example/webhook"';

/** Throws SluiceError `invalidArgument`. */
export function parseWebhookUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  // Browsers' fetch takes no user and password in a URL, and neither does Node's.
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.username !== "" || url.password !== "") {
    throw new SluiceError("invalidArgument", `expected ${WEBHOOK_URLS_RANGE}, without a user and a password`);
  }
  return url.href;
}

/** Throws SluiceError `invalidArgument`. */
export function parseWebhookEvent(text: string): string {
  const known: readonly string[] = [...WEBHOOK_EVENTS, ...FOREIGN_WEBHOOK_EVENTS];
  if (known.includes(text)) return text;
  const shown = text.slice(0, 64);
  throw new SluiceError("invalidArgument", `there is no event "${shown}": did you mean ${nearestName(shown, WEBHOOK_EVENTS)}?`);
}

/** Throws SluiceError `invalidArgument` for a key that is none of this node's. */
export function webhookConfig(config: Omit<WebhookConfig, "apiKey">, apiKey: string | undefined, keys: ApiKeys): WebhookConfig {
  const [firstKey = ""] = keys.keys();
  if (apiKey !== undefined && !keys.has(apiKey)) {
    throw new SluiceError("invalidArgument", `webhook.api-key: "${apiKey.slice(0, 64)}" is not one of keys`);
  }
  return { ...config, apiKey: config.urls.length === 0 ? "" : (apiKey ?? firstKey) };
}
