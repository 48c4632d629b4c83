import { type Notification, serializeNotification } from "@sluice/protocol";

const serialized = new WeakMap<Notification, string>();

/** One event goes to a whole room as one object, and becomes text once. */
export function serializeOnce(notification: Notification): string {
  let text = serialized.get(notification);
  if (text === undefined) {
    text = serializeNotification(notification.method, notification.params);
    serialized.set(notification, text);
  }
  return text;
}
