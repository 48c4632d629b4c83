import type { IncomingMessage } from "node:http";
import { ERROR_CODES, type OpenSocket, type SocketListener } from "@sluice/protocol";
import { WebSocket } from "ws";

/** Longest message taken from a server, bytes: a room of thousands fits, a mistake does not. */
const MAX_SERVER_MESSAGE_BYTES = 64 * 1024 * 1024;
/** Of a refusal's body. */
const MAX_REFUSAL_BYTES = 4_096;

/** A WebSocket by `ws`. What went wrong before it opened becomes the reason of its close, in words for the person who typed the address. */
export const openNodeSocket: OpenSocket = (url, listener) => {
  const socket = new WebSocket(url, { perMessageDeflate: false, maxPayload: MAX_SERVER_MESSAGE_BYTES });
  const closeOnce = onlyOnce(listener);
  let failure = "";
  socket.on("open", () => listener.handleOpen());
  socket.on("message", (data, isBinary) => {
    if (!isBinary) listener.handleMessage(String(data));
  });
  socket.on("error", (error) => {
    failure ||= describeFailure(url, error);
  });
  socket.on("close", (code, reason) => closeOnce(code, String(reason) || failure));
  socket.on("unexpected-response", (_, response) => {
    readRefusal(response, (message) => closeOnce(closeCodeOf(response.statusCode), message));
  });
  return {
    send: (text) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(text);
    },
    close: () => {
      if (socket.readyState === WebSocket.CONNECTING) socket.terminate();
      else socket.close(1000);
    },
  };
};

function onlyOnce(listener: SocketListener): SocketListener["handleClose"] {
  let isClosed = false;
  return (code, reason) => {
    if (isClosed) return;
    isClosed = true;
    listener.handleClose(code, reason);
  };
}

function describeFailure(url: string, error: Error): string {
  const { host } = new URL(url);
  const why = "code" in error && typeof error.code === "string" ? error.code : error.message;
  const advice = ADVICE[why];
  return `cannot connect to ${host}: ${why}${advice === undefined ? "" : `; ${advice}`}`;
}

const UNTRUSTED = "its certificate is not trusted here: NODE_EXTRA_CA_CERTS=cert.pem adds one";

/** By error code of Node or OpenSSL. */
const ADVICE: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'is a node running there? ("sluice serve --dev" starts one)',
  ECONNRESET: "a node with TLS is reached by wss://",
  EPROTO: "a node without TLS is reached by ws://",
  DEPTH_ZERO_SELF_SIGNED_CERT: UNTRUSTED,
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
};

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
