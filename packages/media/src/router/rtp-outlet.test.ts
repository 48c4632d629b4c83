import assert from "node:assert/strict";
import { test } from "node:test";
import { createPortableCrypto } from "@sluice/native";
import { MAX_RTP_BYTES } from "../bytes/packet-memory.js";
import { MAX_SRTP_INDEX } from "../srtp/srtp-profile.js";
import { SrtpSender } from "../srtp/srtp-sender.js";
import { VirtualPort } from "../testing/virtual-port.js";
import { instant } from "../time/instant.js";
import { UNKNOWN_ADDRESS } from "../transport/transport-address.js";
import type { PacketReceiver } from "./packet-receiver.js";
import { RtpOutlet } from "./rtp-outlet.js";

const t0 = instant(1_000_000);
const HEADER = 4096;
const PAYLOAD = 6000;

function openOutlet() {
  const port = new VirtualPort({ family: "IPv4", ip: "192.0.2.1", port: 1 }, 4);
  port.memory.bytes[HEADER] = 0x80;
  const outlet = new RtpOutlet(port.memory, port);
  const open = () => {
    const key = { key: new Uint8Array(16), salt: new Uint8Array(12) };
    outlet.sender = new SrtpSender(createPortableCrypto(port.memory), "AEAD_AES_128_GCM", key);
    outlet.address = port.register({ family: "IPv4", ip: "192.0.2.2", port: 2 });
  };
  const send = (sequenceNumber: number, payloadBytes: number) =>
    outlet.sendRtp(HEADER, 12, 0x80 | 96, 0xffff_ffff, sequenceNumber, 0xffff_fff0, PAYLOAD, payloadBytes, false);
  return { port, outlet, open, send };
}

test("sends nothing before there are keys and an address", () => {
  const { port, outlet, open, send } = openOutlet();
  assert.equal(send(1, 10), false);
  open();
  assert.equal(outlet.isReady, true);
  assert.equal(send(1, 10), true);
  outlet.address = UNKNOWN_ADDRESS;
  assert.equal(send(2, 10), false);
  assert.notEqual(port.pollTransmit(), undefined);
  assert.equal(port.pollTransmit(), undefined);
});

test("[RFC3550 §5.1] writes this receiver's fields over the header", () => {
  const { port, open, send } = openOutlet();
  open();
  send(0x1_0002, 10);
  const data = port.pollTransmit()?.data;
  assert.deepEqual([...(data?.subarray(0, 12) ?? [])], [0x80, 0xe0, 0, 2, 0xff, 0xff, 0xff, 0xf0, 0xff, 0xff, 0xff, 0xff]);
});

test("a packet that would be longer than a datagram may be is not sent, one byte less is", () => {
  const { port, outlet, open, send } = openOutlet();
  open();
  const longest = MAX_RTP_BYTES - 12 - (outlet.sender?.rtpOverheadBytes ?? 0);
  assert.equal(send(1, longest + 1), false);
  assert.equal(send(1, longest), true);
  assert.equal(port.pollTransmit()?.data.length, MAX_RTP_BYTES);
});

test("[RFC3711 §9.2] sends nothing more when the key's packets are used up", () => {
  const { open, send } = openOutlet();
  open();
  assert.equal(send(MAX_SRTP_INDEX, 10), true);
  assert.equal(send(MAX_SRTP_INDEX + 1, 10), false);
});

test("lets each receiver of a batch send once, and only when it can send at all", () => {
  const { outlet, open } = openOutlet();
  let sent = 0;
  const receiver: PacketReceiver = {
    outlet,
    handleDiscontinuity: () => undefined,
    handleProducerPaused: () => undefined,
    isWatching: () => true,
    requestKeyFrame: () => undefined,
    sendPending: () => sent++,
  };
  assert.equal(outlet.enqueue(receiver), true);
  assert.equal(outlet.enqueue(receiver), false);
  outlet.drain(t0);
  assert.equal(sent, 0);
  open();
  assert.equal(outlet.enqueue(receiver), true);
  outlet.drain(t0);
  outlet.drain(t0);
  assert.equal(sent, 1);
});
