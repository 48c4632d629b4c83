import { isIP } from "node:net";
import type { NetworkInterfaceInfo } from "node:os";
import { isLoopback, isUnspecified } from "../config/bind-address.js";
import type { Config } from "../config/config.js";
import type { WorkerOptions } from "./worker-options.js";

export type NetworkInterfaces = Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>;

/**
 * Where one worker binds its UDP sockets and listens for ICE over TCP, and which addresses it announces. Media goes where signaling goes: a node that
 * listens on loopback or on single addresses only does so with media too, unless `node-ip` says that media comes from elsewhere
 * (signaling on loopback behind a proxy on the same machine). IPv6 link-local addresses are left out: without their zone
 * nobody can reach them.
 */
export function planSockets(
  config: Pick<Config, "bindAddresses" | "nodeIp" | "udpPort" | "tcpPort">,
  interfaces: NetworkInterfaces,
  index: number,
): Pick<WorkerOptions, "udpBinds" | "tcpBinds" | "announcedIps"> {
  const udpPort = config.udpPort === 0 ? 0 : config.udpPort + index;
  const tcpPort = config.udpPort === 0 ? 0 : config.tcpPort + index;
  const addresses = Object.values(interfaces).flatMap((each) => each ?? []);
  const loopback = addresses.filter(({ internal }) => internal).map(({ address }) => address);
  const external = addresses
    .filter(({ internal, address }) => !internal && !/^fe[89ab]/i.test(address))
    .map(({ address }) => address);
  const hosts = config.bindAddresses.map(({ host }) => host);

  const isLocalOnly = hosts.every(isLoopback) && (config.nodeIp === undefined || isLoopback(config.nodeIp));
  const singles = hosts.filter(isOneAddress).filter((host) => !isLoopback(host));
  // A host name, or every address: only a numeric address says where exactly.
  const reachable = isLocalOnly
    ? loopbackOf(hosts, loopback)
    : singles.length > 0
      ? ipv4First(singles)
      : ipv4First(external.length > 0 ? external : loopback);
  const isEvery = !isLocalOnly && singles.length === 0;
  const binds = isEvery ? wildcards(reachable) : reachable;
  return {
    udpBinds: binds.map((ip) => ({ family: familyOf(ip), ip, port: udpPort })),
    tcpBinds: config.tcpPort === 0 ? [] : binds.map((ip) => ({ family: familyOf(ip), ip, port: tcpPort })),
    announcedIps: config.nodeIp === undefined ? reachable : [config.nodeIp],
  };
}

/** "localhost" means both; an address of which the machine has no interface is not bound. */
function loopbackOf(hosts: readonly (string | undefined)[], present: readonly string[]): string[] {
  const wanted = hosts.flatMap((host) => (host === undefined || host === "localhost" ? ["127.0.0.1", "::1"] : [host]));
  const bindable = wanted.filter((ip) => familyOf(ip) === "IPv4" || present.includes(ip));
  return ipv4First(bindable.length > 0 ? bindable : ["127.0.0.1"]);
}

function wildcards(reachable: readonly string[]): string[] {
  const families = new Set(reachable.map(familyOf));
  return families.has("IPv6") ? ["0.0.0.0", "::"] : ["0.0.0.0"];
}

function ipv4First(ips: readonly string[]): string[] {
  return [...new Set(ips)].sort((a, b) => familyOf(a).localeCompare(familyOf(b)));
}

function familyOf(ip: string): "IPv4" | "IPv6" {
  return ip.includes(":") ? "IPv6" : "IPv4";
}

/** Neither a name nor "0.0.0.0" or "::", which are every address of their family. */
function isOneAddress(host: string | undefined): host is string {
  return host !== undefined && isIP(host) !== 0 && !isUnspecified(host);
}
