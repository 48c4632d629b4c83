import { type FrameSocket, openFrameSocket } from "../node-socket.js";

/** Who hears of a WebSocket of a LiveKit door: one `SignalResponse` in each binary message. */
export interface SignalSocketListener {
  handleOpen(): void;
  handleMessage(bytes: Uint8Array): void;
  /** Exactly once, also when the socket never opened. `code`: as `socketError` takes it. */
  handleClose(code: number, reason: string): void;
}

/** What a connection needs of a WebSocket; tests have one in memory. The token goes in a header, where no log finds it. */
export type OpenSignalSocket = (url: string, token: string, listener: SignalSocketListener) => FrameSocket;

export const openSignalSocket: OpenSignalSocket = (url, token, listener) =>
  openFrameSocket(
    url,
    { authorization: `Bearer ${token}` },
    {
      handleOpen: () => listener.handleOpen(),
      handleText: () => {},
      handleBytes: (bytes) => listener.handleMessage(bytes),
      handleClose: (code, reason) => listener.handleClose(code, reason),
    },
  );
