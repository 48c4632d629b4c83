import type { AddressInfo } from "node:net";
import { RTCPeerConnection, type RTCRtpSender, type RtpPacket, useVP8 } from "werift";
import { type WebSocket, WebSocketServer } from "ws";

/**
 * An SFU as one writes it with werift in an afternoon, in one process: what a publisher sends goes to every subscriber, with their own headers.
 * Each message is `{transaction, role, sdp}`, its answer `{transaction, sdp}`. Prints its port.
 */
const senders = new Set<RTCRtpSender>();

function newConnection(): RTCPeerConnection {
  return new RTCPeerConnection({
    codecs: { video: [useVP8()] },
    iceServers: [],
    iceUseIpv6: false,
    iceAdditionalHostAddresses: ["127.0.0.1"],
  });
}

async function answer(role: string, sdp: string): Promise<string> {
  const connection = newConnection();
  if (role === "publish") {
    connection.onTrack.subscribe((track) => track.onReceiveRtp.subscribe(forward));
    await connection.setRemoteDescription({ type: "offer", sdp });
  } else {
    const { sender } = connection.addTransceiver("video", { direction: "sendonly" });
    await connection.setRemoteDescription({ type: "offer", sdp });
    senders.add(sender);
  }
  await connection.setLocalDescription(await connection.createAnswer());
  return connection.localDescription?.sdp ?? "";
}

function forward(packet: RtpPacket): void {
  for (const sender of senders) void sender.sendRtp(packet.clone()).catch(() => senders.delete(sender));
}

async function handleMessage(socket: WebSocket, text: string): Promise<void> {
  const { transaction, role, sdp } = JSON.parse(text);
  const reply = await answer(role, sdp).then(
    (answered) => ({ sdp: answered }),
    (error: unknown) => ({ error: String(error) }),
  );
  socket.send(JSON.stringify({ transaction, ...reply }));
}

// It does not outlive who started it.
process.stdin.on("end", () => process.exit()).resume();

const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
server.on("connection", (socket) => socket.on("message", (data) => void handleMessage(socket, String(data))));
server.on("listening", () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`));
