import assert from "node:assert/strict";
import { test } from "node:test";
import { UdpPeer } from "./udp-peer.js";
import { numbered, type OpenUdpPort, openPort, sequenceOf } from "./udp-port-fixture.js";

/** What every UdpPort does when its owner reads. */
export function describeUdpPolling(open: OpenUdpPort): void {
  test("a polled port delivers what its owner reads, all of it, and goes on by itself when it is polled no more", async (t) => {
    const { port, ingress } = await openPort(t, open);
    const peer = await UdpPeer.open();
    t.after(() => peer.close());
    const [local] = port.localAddresses;
    assert.ok(local !== undefined);
    port.register(peer.address);
    port.setPolled(true);
    const timer = setInterval(() => port.poll(), 5);
    t.after(() => clearInterval(timer));
    for (let sequence = 0; sequence < 100; sequence++) {
      await peer.send(numbered(sequence, 200), local);
      // Now and then there is nothing for long enough to be woken again.
      if (sequence % 25 === 24) await ingress.until(() => ingress.received.length === sequence + 1);
      if (sequence % 50 === 49) for (let vain = 0; vain < 30; vain++) port.poll();
    }
    port.setPolled(false);
    clearInterval(timer);
    await peer.send(numbered(100, 200), local);
    await ingress.until(() => ingress.received.length === 101);
    assert.deepEqual(
      ingress.received.map(({ bytes }) => sequenceOf(bytes)),
      [...Array(101).keys()],
    );
    port.setPolled(true);
    port.close();
    port.poll();
    port.setPolled(false);
  });
}
