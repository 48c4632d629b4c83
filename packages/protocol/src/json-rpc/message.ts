import type { SluiceError } from "../error-code.js";
import type { MethodName, NotificationName, Notifications, Params } from "../methods.js";

/** Keeps its type from request to response: 1 is not "1", and null is an id too (JSON-RPC 2.0 §4). */
export type RequestId = number | string | null;

/** A method with its parameters, parsed. */
export type MethodCall = { readonly [M in MethodName]: { readonly method: M; readonly params: Params<M> } }[MethodName];

/** One call as it came in. `traceparent` is the member of that name beside `params`, not looked at (W3C Trace Context). */
export type IncomingCall =
  | { readonly type: "request"; readonly id: RequestId; readonly call: MethodCall; readonly traceparent?: string }
  /** A call without an id: carried out, never answered, not even with an error. */
  | { readonly type: "notification"; readonly call: MethodCall; readonly traceparent?: string }
  | { readonly type: "refused"; readonly id: RequestId; readonly error: SluiceError }
  /** A notification that cannot be carried out; JSON-RPC has no answer to that. */
  | { readonly type: "ignored"; readonly error: SluiceError };

/** One message from a client. */
export type IncomingMessage =
  | { readonly type: "single"; readonly call: IncomingCall }
  /** 1 to MAX_BATCH_CALLS calls; the answers go back as one array, or not at all when there are none. */
  | { readonly type: "batch"; readonly calls: readonly IncomingCall[] };

/** What a server says unasked. */
export type Notification = {
  readonly [N in NotificationName]: { readonly method: N; readonly params: Notifications[N] };
}[NotificationName];

/** One message from a server. */
export type ServerMessage =
  /** `result` is still unknown: only who asked knows the method. Parse it with parseResult. */
  | { readonly type: "result"; readonly id: RequestId; readonly result: unknown }
  | { readonly type: "error"; readonly id: RequestId; readonly error: SluiceError }
  | { readonly type: "notification"; readonly notification: Notification };
