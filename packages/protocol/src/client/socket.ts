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
