import assert from "node:assert/strict";
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { once } from "node:events";
import { networkInterfaces } from "node:os";
import { test } from "node:test";
import type { UdpEndpoint } from "./udp-endpoint.js";
import { UdpProxy } from "./udp-proxy.js";

async function bindSocket(address: string): Promise<Socket> {
  const socket = createSocket(address.includes(":") ? "udp6" : "udp4");
  socket.bind(0, address);
  await once(socket, "listening");
  return socket;
}

/** A server that answers every datagram with the same bytes, and remembers from where they came. */
async function bindEcho(address: string): Promise<{ socket: Socket; senders: Set<number> }> {
  const socket = await bindSocket(address);
  const senders = new Set<number>();
  socket.on("message", (data, sender) => {
    senders.add(sender.port);
    socket.send(data, sender.port, sender.address);
  });
  return { socket, senders };
}

async function askEcho(client: Socket, proxy: UdpEndpoint, word: string): Promise<string> {
  const answered = once(client, "message") as Promise<[Buffer, RemoteInfo]>;
  client.send(word, proxy.port, proxy.address);
  const [data, sender] = await answered;
  assert.equal(sender.port, proxy.port);
  return data.toString();
}

const loopbacks = networkInterfaces().lo?.map(({ address }) => address) ?? ["127.0.0.1", "::1"];

for (const address of ["127.0.0.1", "::1"]) {
  const skip = loopbacks.includes(address) ? false : `this machine has no ${address}`;
  test(`carries each client's datagrams to the target and back over ${address}`, { skip, timeout: 10_000 }, async () => {
    const echo = await bindEcho(address);
    const proxy = await UdpProxy.open({ target: { address, port: echo.socket.address().port } });
    const clients = [await bindSocket(address), await bindSocket(address)];
    const answers = await Promise.all(clients.map((client, index) => askEcho(client, proxy.endpoint, `hello ${index}`)));
    assert.deepEqual(answers, ["hello 0", "hello 1"]);
    assert.equal(echo.senders.size, 2, "the target sees one address per client");
    assert.equal(proxy.counters("uplink").delivered, 2);
    assert.equal(proxy.counters("downlink").deliveredBytes, 14);
    for (const socket of [echo.socket, ...clients]) socket.close();
    await proxy.close();
  });
}

test("loses and delays what its links say, as they are at that moment", { timeout: 10_000 }, async () => {
  const echo = await bindEcho("127.0.0.1");
  const target = { address: "127.0.0.1", port: echo.socket.address().port };
  const proxy = await UdpProxy.open({ target, downlink: { delayMs: 30 } });
  const client = await bindSocket("127.0.0.1");
  assert.equal(await askEcho(client, proxy.endpoint, "slow"), "slow");

  proxy.setParameters("uplink", { loss: { kind: "uniform", probability: 1 } });
  client.send("lost", proxy.endpoint.port, proxy.endpoint.address);
  client.send("lost", proxy.endpoint.port, proxy.endpoint.address);
  while (proxy.counters("uplink").lost < 2) await new Promise((resume) => setImmediate(resume));
  proxy.setParameters("uplink", { loss: { kind: "none" } });
  assert.equal(await askEcho(client, proxy.endpoint, "back"), "back");
  assert.equal(proxy.counters("uplink").delivered, 2);
  for (const socket of [echo.socket, client]) socket.close();
  await proxy.close();
});

test("closes with datagrams under way", { timeout: 10_000 }, async () => {
  const echo = await bindEcho("127.0.0.1");
  const target = { address: "127.0.0.1", port: echo.socket.address().port };
  const proxy = await UdpProxy.open({ target, uplink: { delayMs: 60_000 } });
  const client = await bindSocket("127.0.0.1");
  client.send("never", proxy.endpoint.port, proxy.endpoint.address);
  while (proxy.counters("uplink").handled < 1) await new Promise((resume) => setImmediate(resume));
  await proxy.close();
  assert.equal(echo.senders.size, 0);
  for (const socket of [echo.socket, client]) socket.close();
});
