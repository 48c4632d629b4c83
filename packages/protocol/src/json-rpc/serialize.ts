import { ERROR_CODES, type SluiceError } from "../error-code.js";
import type { MethodName, NotificationName, Notifications, Params, Result } from "../methods.js";
import type { RequestId } from "./message.js";

/*
 * The envelope is constant text around JSON.stringify of the payload: a notification to a whole room is serialised once and
 * the same string goes to everybody.
 */

export function serializeRequest<M extends MethodName>(id: RequestId, method: M, params: Params<M>): string {
  return `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"method":"${method}","params":${JSON.stringify(params)}}`;
}

export function serializeResult<M extends MethodName>(id: RequestId, result: Result<M>): string {
  return `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${JSON.stringify(result)}}`;
}

export function serializeError(id: RequestId, error: SluiceError): string {
  const { jsonRpc } = ERROR_CODES[error.code];
  return `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"error":{"code":${jsonRpc},"message":${JSON.stringify(error.message)},"data":{"code":"${error.code}"}}}`;
}

export function serializeNotification<N extends NotificationName>(method: N, params: Notifications[N]): string {
  return `{"jsonrpc":"2.0","method":"${method}","params":${JSON.stringify(params)}}`;
}

/** A batch of messages that are serialised already. */
export function serializeBatch(messages: readonly string[]): string {
  return `[${messages.join(",")}]`;
}
