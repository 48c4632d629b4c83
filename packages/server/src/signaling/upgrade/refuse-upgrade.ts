import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { ERROR_CODES, type SluiceError } from "@sluice/protocol";

/** Answers an upgrade request that is not granted: plain HTTP with the reason as text, then the end. */
export function refuseUpgrade(socket: Duplex, error: SluiceError): void {
  const { http } = ERROR_CODES[error.code];
  const body = `${error.message}\n`;
  const head = [
    `HTTP/1.1 ${http} ${STATUS_CODES[http] ?? "Error"}`,
    "Connection: close",
    "Content-Type: text/plain; charset=utf-8",
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...(http === 401 ? ['WWW-Authenticate: Bearer realm="sluice"'] : []),
  ];
  // Whoever left meanwhile is not worth a word.
  socket.on("error", () => socket.destroy());
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
}
