import { ERROR_CODES, type ErrorCode, SluiceError } from "../error-code.js";

/** What a client needs of a WebSocket; tests have one in memory. */
export interface Socket {
  /** Does nothing when the socket is not open. */
  send(text: string): void;
  /** `listener.handleClose` follows, at once or later, unless it was called before. */
  close(): void;
}

export interface SocketListener {
  handleOpen(): void;
  handleMessage(text: string): void;
  /** Exactly once, also when the socket never opened. `code`: RFC 6455 §7.4. */
  handleClose(code: number, reason: string): void;
}

export type OpenSocket = (url: string, listener: SocketListener) => Socket;

/** Why a socket to `url` closed, as this server says it in the close code and reason. */
export function socketError(url: string, code: number, reason: string): SluiceError {
  // 4xxx is what this server says of itself; everything else (1006 above all) may be any network between us.
  const known = Object.entries(ERROR_CODES).find(([, { webSocketClose }]) => webSocketClose === code && code >= 4000);
  if (known !== undefined)
    return new SluiceError(known[0] as ErrorCode, reason || `the server closed the connection: ${known[0]}`);
  return new SluiceError("unavailable", reason || `no WebSocket connection to ${url} (code ${code})`);
}
