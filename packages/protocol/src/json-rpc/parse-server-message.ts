import { ERROR_CODES, type ErrorCode, SluiceError } from "../error-code.js";
import { isNotificationName, NOTIFICATION_PARAMETERS } from "../server-messages.js";
import { InvalidValue, isObject } from "../validation/parser.js";
import type { Notification, ServerMessage } from "./message.js";
import { isRequestId } from "./parse-message.js";

const CODE_BY_NUMBER = new Map<unknown, ErrorCode>(
  (Object.keys(ERROR_CODES) as ErrorCode[]).map((code) => [ERROR_CODES[code].jsonRpc, code]),
);

/**
 * Parses one text of a server: a message, or a batch of them. What cannot be understood (not JSON, a notification of a newer
 * server, parameters of the wrong shape) is left out, so the list may be empty.
 */
export function parseServerMessages(message: string): readonly ServerMessage[] {
  let value: unknown;
  try {
    value = JSON.parse(message);
  } catch {
    return [];
  }
  const messages: ServerMessage[] = [];
  for (const item of Array.isArray(value) ? value : [value]) {
    const parsed = parseServerMessage(item);
    if (parsed !== undefined) messages.push(parsed);
  }
  return messages;
}

function parseServerMessage(value: unknown): ServerMessage | undefined {
  if (!isObject(value) || value.jsonrpc !== "2.0") return undefined;
  const { id, method, error } = value;
  if (typeof method === "string") return parseNotification(method, value.params ?? {});
  if (!isRequestId(id)) return undefined;
  if (isObject(error)) return { type: "error", id, error: parseError(error) };
  return "result" in value ? { type: "result", id, result: value.result } : undefined;
}

function parseNotification(method: string, params: unknown): ServerMessage | undefined {
  if (!isNotificationName(method)) return undefined;
  try {
    const notification = { method, params: NOTIFICATION_PARAMETERS[method](params) } as Notification;
    return { type: "notification", notification };
  } catch (error) {
    if (error instanceof InvalidValue) return undefined;
    throw error;
  }
}

function parseError(error: Readonly<Record<string, unknown>>): SluiceError {
  const { code, message } = error;
  return new SluiceError(CODE_BY_NUMBER.get(code) ?? "internal", typeof message === "string" ? message : "unknown error");
}
