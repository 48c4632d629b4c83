import { JsonRpcClient } from "./json-rpc-client.js";
import { rpcUrl } from "./rpc-url.js";
import type { DialSignaling } from "./signaling-connection.js";
import { type OpenSocket, socketError } from "./socket.js";

/** Connections to the JSON-RPC door. */
export function dialJsonRpc(openSocket: OpenSocket): DialSignaling {
  return ({ url, token }, listener) => {
    const client = new JsonRpcClient(
      (text) => socket.send(text),
      (notification) => listener.handleNotification(notification),
    );
    const socket = openSocket(rpcUrl(url, token), {
      handleOpen: () => listener.handleOpen(),
      handleMessage: (text) => client.handleMessage(text),
      handleClose: (code, reason) => listener.handleFailure(socketError(url, code, reason)),
    });
    return {
      request: (method, params) => client.request(method, params),
      close: (error) => {
        client.close(error);
        socket.close();
      },
    };
  };
}
