import { createSocket, type Socket } from "node:dgram";
import { isIP } from "node:net";
import { SocketError } from "../libc/socket-error.js";

export interface DgramSocketOptions {
  readonly ip: string;
  readonly port: number;
  readonly receiveBufferBytes: number;
  readonly sendBufferBytes: number;
}

/** Below this a buffer is no longer asked for: the system's default is larger. */
const MIN_BUFFER_BYTES = 65_536;

/** A bound dgram socket. @throws SocketError when there can be no such socket. */
export async function openDgramSocket(options: DgramSocketOptions): Promise<Socket> {
  const { ip, port } = options;
  const family = isIP(ip);
  if (family === 0) throw new SocketError("bind", "EINVAL", options);
  const socket = createSocket({ type: family === 4 ? "udp4" : "udp6", ipv6Only: family === 6, lookup: answerLiteral });
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once("error", reject);
      socket.bind({ address: ip, port, exclusive: true }, () => {
        socket.off("error", reject);
        resolve();
      });
    });
  } catch (cause) {
    socket.close();
    throw new SocketError("bind", errorCode(cause), options, { cause });
  }
  setBuffer((sizeBytes) => socket.setRecvBufferSize(sizeBytes), options.receiveBufferBytes);
  setBuffer((sizeBytes) => socket.setSendBufferSize(sizeBytes), options.sendBufferBytes);
  return socket;
}

/** Asks for less until the system agrees; some refuse instead of giving what they have. */
function setBuffer(set: (sizeBytes: number) => void, wantedBytes: number): void {
  for (let sizeBytes = wantedBytes; sizeBytes >= MIN_BUFFER_BYTES; sizeBytes >>= 1) {
    try {
      set(sizeBytes);
      return;
    } catch (error) {
      if (errorCode(error) === "ERR_SOCKET_BAD_BUFFER_SIZE") throw error;
    }
  }
}

/** All our addresses are literals: answering at once keeps `send` synchronous, without a turn through the resolver. */
function answerLiteral(
  hostname: string,
  options: unknown,
  callback: (error: NodeJS.ErrnoException | null, address: string, family: number) => void,
): void {
  callback(null, hostname, typeof options === "number" ? options : isIP(hostname));
}

function errorCode(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "EIO";
}
