import type { Notification, SignalType } from "@sluice/protocol";

/** A client's signal as those hear it whom it is for. */
export function signalNotification(from: string, type: SignalType, data: string): Notification {
  return { method: "signal", params: { from, type, data } };
}
