import type { OpenSocket } from "@sluice/protocol";

export const openWebSocket: OpenSocket = (url, listener) => {
  const socket = new WebSocket(url);
  socket.onopen = () => listener.handleOpen();
  socket.onmessage = ({ data }) => {
    if (typeof data === "string") listener.handleMessage(data);
  };
  socket.onclose = ({ code, reason }) => listener.handleClose(code, reason);
  return {
    send: (text) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(text);
    },
    close: () => socket.close(1000),
  };
};
