import type { NetworkInterfaceInfo } from "node:os";
import { isUnspecified } from "../config/bind-address.js";
import type { Config } from "../config/config.js";
import type { Log } from "../log/log.js";
import type { Clock } from "../session/clock.js";
import { Membership } from "./nodes/membership.js";
import type { NodeIdentity, NodeLoad } from "./nodes/node-record.js";
import { MemoryRegistryStore } from "./registry/memory/memory-registry-store.js";
import type { Registry } from "./registry/registry.js";
import type { RegistryStore } from "./registry/registry-store.js";
import { StoreRegistry } from "./registry/store-registry.js";

/** How long a node that starts tries to reach its stores, unless it is told to wait, ms. */
const START_TIMEOUT_MS = 5_000;

export interface ClusterOptions {
  readonly config: Pick<Config, "cluster">;
  readonly clock: Clock;
  /** 0 to 1. */
  readonly random: () => number;
  readonly log: Log;
}

/** What a node shares with others. A node that is alone has the same, in its own memory. */
export class Cluster {
  readonly registry: Registry;
  readonly #options: ClusterOptions;
  #membership: Membership | undefined;

  private constructor(registry: Registry, options: ClusterOptions) {
    this.registry = registry;
    this.#options = options;
    const { log } = options;
    registry.onLeaseStatus((status) => {
      if (status === "lost") log.warn("the registry does not answer: this node may be held for gone; media goes on");
      else if (status === "held") log.info("registered again");
    });
  }

  /** Resolves when the registry can be reached. Throws SluiceError `unavailable` when that takes too long. */
  static async open(options: ClusterOptions): Promise<Cluster> {
    const { config, clock, random } = options;
    const registry = new StoreRegistry(await openStore(options), clock, random);
    const isPatient = config.cluster?.isPatient === true;
    if (isPatient) options.log.info({ etcdEndpoints: config.cluster?.etcdEndpoints }, "waiting for the registry");
    try {
      await registry.ready(isPatient ? undefined : START_TIMEOUT_MS);
    } catch (error) {
      await registry.close();
      throw error;
    }
    return new Cluster(registry, options);
  }

  /** Undefined until the node has announced itself. */
  get membership(): Membership | undefined {
    return this.#membership;
  }

  /** Whether this node and the others see each other; one that is alone has nobody to miss. */
  get isConnected(): boolean {
    return this.#options.config.cluster === undefined || this.#membership?.isConnected === true;
  }

  /** From now on others may send clients here. */
  announce(identity: NodeIdentity, measureLoad: () => NodeLoad): void {
    const { clock, log } = this.#options;
    this.#membership = new Membership({
      ...{ registry: this.registry, clock, identity, measureLoad },
      onChange: ({ type, record: { nodeId, region, addresses } }) => {
        if (type !== "updated" && nodeId !== identity.nodeId) log.info({ nodeId, region, ...addresses }, `a node has ${type}`);
      },
    });
  }

  /** The node leaves the others' views at once. */
  withdraw(): void {
    this.#membership?.close();
  }

  /** What it has written goes. */
  close(): Promise<void> {
    this.withdraw();
    return this.registry.close();
  }
}

/** A node that is alone loads nothing of etcd. */
async function openStore({ config: { cluster }, clock }: ClusterOptions): Promise<RegistryStore> {
  if (cluster === undefined) return new MemoryRegistryStore(clock).connect();
  const { EtcdStore } = await import("./registry/etcd/etcd-store.js");
  return new EtcdStore(cluster.etcdEndpoints);
}

/** Where others reach this node's HTTP listener, as an origin. `url`: where it is reached from this machine. */
export function nodeAddress(
  { cluster, bindAddresses, nodeIp }: Pick<Config, "cluster" | "bindAddresses" | "nodeIp">,
  url: string,
  interfaces: NodeJS.Dict<NetworkInterfaceInfo[]>,
): string {
  if (cluster?.address !== undefined) return cluster.address;
  const host = bindAddresses[0]?.host;
  if (host !== undefined && !isUnspecified(host)) return new URL(url).origin;
  const external = Object.values(interfaces)
    .flatMap((addresses) => addresses ?? [])
    .find(({ family, internal }) => family === "IPv4" && !internal);
  const ip = nodeIp ?? external?.address;
  if (ip === undefined) return new URL(url).origin;
  const { protocol, port } = new URL(url);
  return new URL(`${protocol}//${ip.includes(":") ? `[${ip}]` : ip}:${port}`).origin;
}
