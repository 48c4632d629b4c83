import assert from "node:assert/strict";
import type { NetworkInterfaceInfo } from "node:os";
import { test } from "node:test";
import { planSockets } from "./socket-plan.js";

const address = (ip: string, internal = false) => ({ address: ip, internal }) as NetworkInterfaceInfo;
const INTERFACES = {
  lo: [address("127.0.0.1", true), address("::1", true)],
  eth0: [address("192.0.2.7"), address("fe80::1"), address("2001:db8::7")],
};

function plan(
  hosts: readonly (string | undefined)[],
  interfaces: Parameters<typeof planSockets>[1] = INTERFACES,
  index = 0,
  nodeIp?: string,
) {
  const bindAddresses = hosts.map((host) => ({ host, port: 7_880 }));
  const { udpBinds, announcedIps } = planSockets({ bindAddresses, nodeIp, udpPort: 7_882, tcpPort: 7_881 }, interfaces, index);
  return { binds: udpBinds.map(({ family, ip, port }) => `${family} ${ip} ${port}`), announcedIps };
}

test("a node for everybody binds every address and announces all that others can reach, IPv4 first", () => {
  assert.deepEqual(plan([undefined]), {
    binds: ["IPv4 0.0.0.0 7882", "IPv6 :: 7882"],
    announcedIps: ["192.0.2.7", "2001:db8::7"],
  });
});

test("0.0.0.0 and [::] are every address too, and are never announced", () => {
  for (const host of ["0.0.0.0", "::", "0:0::0"]) {
    assert.deepEqual(plan([host]), {
      binds: ["IPv4 0.0.0.0 7882", "IPv6 :: 7882"],
      announcedIps: ["192.0.2.7", "2001:db8::7"],
    });
  }
});

test("without IPv6 only IPv4 is bound", () => {
  assert.deepEqual(plan([undefined], { eth0: [address("192.0.2.7")] }).binds, ["IPv4 0.0.0.0 7882"]);
});

test("a node on loopback stays there with media, too", () => {
  const both = { binds: ["IPv4 127.0.0.1 7882", "IPv6 ::1 7882"], announcedIps: ["127.0.0.1", "::1"] };
  assert.deepEqual(plan(["127.0.0.1", "::1"]), both);
  assert.deepEqual(plan(["localhost"]), both);
  assert.deepEqual(plan(["127.0.0.1"]).announcedIps, ["127.0.0.1"]);
  assert.deepEqual(plan(["127.0.0.1", "::1"], { lo: [address("127.0.0.1", true)] }).announcedIps, ["127.0.0.1"]);
});

test("one address is the address of media, too", () => {
  assert.deepEqual(plan(["192.0.2.7"]), { binds: ["IPv4 192.0.2.7 7882"], announcedIps: ["192.0.2.7"] });
});

test("behind NAT node-ip is what is announced", () => {
  const { binds, announcedIps } = plan([undefined], INTERFACES, 0, "203.0.113.1");
  assert.deepEqual(binds, ["IPv4 0.0.0.0 7882", "IPv6 :: 7882"]);
  assert.deepEqual(announcedIps, ["203.0.113.1"]);
});

test("signaling on loopback behind a proxy: media is where node-ip says", () => {
  const { binds, announcedIps } = plan(["127.0.0.1"], INTERFACES, 0, "192.0.2.7");
  assert.deepEqual(binds, ["IPv4 0.0.0.0 7882", "IPv6 :: 7882"]);
  assert.deepEqual(announcedIps, ["192.0.2.7"]);
  assert.deepEqual(plan(["127.0.0.1"], INTERFACES, 0, "127.0.0.1").binds, ["IPv4 127.0.0.1 7882"]);
});

test("a machine with nothing but loopback announces that", () => {
  assert.deepEqual(plan([undefined], { lo: [address("127.0.0.1", true)] }).announcedIps, ["127.0.0.1"]);
});

test("each worker has its own port, unless any will do", () => {
  assert.deepEqual(plan(["127.0.0.1"], INTERFACES, 3).binds, ["IPv4 127.0.0.1 7885"]);
  const { udpBinds, tcpBinds } = planSockets(
    { bindAddresses: [{ host: "127.0.0.1", port: 0 }], nodeIp: undefined, udpPort: 0, tcpPort: 7_881 },
    INTERFACES,
    3,
  );
  assert.deepEqual([udpBinds[0]?.port, tcpBinds[0]?.port], [0, 0]);
});

test("TCP is listened for where UDP is bound, on a port of each worker's own, unless it is off", () => {
  const tcp = (tcpPort: number) =>
    planSockets(
      { bindAddresses: [{ host: undefined, port: 7_880 }], nodeIp: undefined, udpPort: 7_882, tcpPort },
      INTERFACES,
      2,
    ).tcpBinds.map(({ family, ip, port }) => `${family} ${ip} ${port}`);
  assert.deepEqual(tcp(7_881), ["IPv4 0.0.0.0 7883", "IPv6 :: 7883"]);
  assert.deepEqual(tcp(0), []);
});
