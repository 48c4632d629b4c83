import { createServer, isIP, type Server } from "node:net";
import type { TransportAddress } from "@sluice/media";
import { SocketError } from "../libc/socket-error.js";

/** A listening TCP socket; IPv6 ones never carry IPv4. @throws SocketError when there can be no such socket. */
export async function openTcpListener(address: Pick<TransportAddress, "ip" | "port">): Promise<Server> {
  const { ip, port } = address;
  const family = isIP(ip);
  if (family === 0) throw new SocketError("listen on", "EINVAL", address, { protocol: "TCP" });
  const server = createServer({ noDelay: true });
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen({ host: ip, port, ipv6Only: family === 6, exclusive: true }, () => {
        server.off("error", reject);
        resolve();
      });
    });
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause && typeof cause.code === "string" ? cause.code : "EIO";
    throw new SocketError("listen on", code, address, { cause, protocol: "TCP" });
  }
  return server;
}

export function listenerAddress(server: Server): TransportAddress {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the TCP listener is not bound");
  return { family: address.family === "IPv6" ? "IPv6" : "IPv4", ip: address.address, port: address.port };
}
