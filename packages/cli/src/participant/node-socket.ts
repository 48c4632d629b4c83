import type { IncomingMessage } from "node:http";
import { ERROR_CODES, type OpenSocket } from "@sluice/protocol";
import { WebSocket } from "ws";
import { describeConnectionFailure } from "./connection-failure.js";

/** Longest message taken from a server, bytes: a room of thousands fits, a mistake does not. */
const MAX_SERVER_MESSAGE_BYTES = 64 * 1024 * 1024;
/** Of a refusal's body. */
const MAX_REFUSAL_BYTES = 4_096;

/** Who hears of a WebSocket, in whichever form its door speaks. */
export interface FrameListener {
  handleOpen(): void;
  handleText(text: string): void;
  handleBytes(bytes: Uint8Array): void;
  /** Exactly once. `code`: of RFC 6455 §7.4, or by what status a server refused (`ERROR_CODES`). */
  handleClose(code: number, reason: string): void;
}

export interface FrameSocket {
  /** Does nothing when the socket is not open. */
  send(frame: string | Uint8Array): void;
  close(): void;
}

/** A WebSocket by `ws`. What went wrong before it opened becomes the reason of its close, in words for the person who typed the address. */
export function openFrameSocket(url: string, headers: Readonly<Record<string, string>>, listener: FrameListener): FrameSocket {
  const socket = new WebSocket(url, { headers, perMessageDeflate: false, maxPayload: MAX_SERVER_MESSAGE_BYTES });
  const closeOnce = onlyOnce(listener);
  let failure = "";
  socket.on("open", () => listener.handleOpen());
  socket.on("message", (data: Buffer, isBinary) => {
    if (isBinary) listener.handleBytes(data);
    else listener.handleText(String(data));
  });
  socket.on("error", (error) => {
    failure ||= describeConnectionFailure(url, error);
  });
  socket.on("close", (code, reason) => closeOnce(code, String(reason) || failure));
  socket.on("unexpected-response", (_, response) => {
    readRefusal(response, (message) => closeOnce(closeCodeOf(response.statusCode), message));
  });
  return {
    send: (frame) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(frame);
    },
    close: () => {
      if (socket.readyState === WebSocket.CONNECTING) socket.terminate();
      else socket.close(1000);
    },
  };
}

/** For the JSON-RPC door, which speaks text. */
export const openNodeSocket: OpenSocket = (url, listener) =>
  openFrameSocket(
    url,
    {},
    {
      handleOpen: () => listener.handleOpen(),
      handleText: (text) => listener.handleMessage(text),
      handleBytes: () => {},
      handleClose: (code, reason) => listener.handleClose(code, reason),
    },
  );

function onlyOnce(listener: FrameListener): FrameListener["handleClose"] {
  let isClosed = false;
  return (code, reason) => {
    if (isClosed) return;
    isClosed = true;
    listener.handleClose(code, reason);
  };
}

/** The door answers a refused upgrade with a status and, in the body, the reason. */
function readRefusal(response: IncomingMessage, handleMessage: (message: string) => void): void {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  const finish = () => {
    const body = Buffer.concat(chunks).toString().trim();
    handleMessage(`the server refused: ${reasonIn(body) ?? `${response.statusCode} ${response.statusMessage ?? ""}`.trim()}`);
  };
  response.on("data", (chunk: Buffer) => {
    sizeBytes += chunk.length;
    if (sizeBytes <= MAX_REFUSAL_BYTES) chunks.push(chunk);
  });
  response.on("end", finish);
  response.on("error", finish);
}

/** Plain text, or the `message` of a JSON object. */
function reasonIn(body: string): string | undefined {
  if (body === "" || body.startsWith("<")) return undefined;
  try {
    const parsed: unknown = JSON.parse(body);
    const message = (parsed as { message?: unknown } | null)?.message;
    return typeof message === "string" ? message : undefined;
  } catch {
    return body.split("\n")[0]; // Not JSON: the text itself is the reason.
  }
}

function closeCodeOf(httpStatus: number | undefined): number {
  const known = Object.values(ERROR_CODES).find(({ http, webSocketClose }) => http === httpStatus && webSocketClose >= 4000);
  return known?.webSocketClose ?? 1006;
}
