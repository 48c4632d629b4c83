import { SluiceError } from "@sluice/protocol";
import { parseRedisUrl } from "../cluster/bus/redis-url.js";
import { isNodeId, NODE_RECORD } from "../cluster/nodes/node-record.js";
import type { ClusterConfig } from "./config.js";

export const REDIS_URL_RANGE = '"redis://10.0.0.1:6379", "rediss://user:password@redis.example"';

/** What the options say; undefined: nothing. */
export interface ClusterValues {
  readonly etcdEndpoints: readonly string[];
  readonly redisUrl: string | undefined;
  readonly address: string | undefined;
  readonly isPatient: boolean;
}

/**
 * Undefined: the node is alone.
 *
 * @throws SluiceError `invalidArgument` when one of the two stores is missing
 */
export function clusterConfig({ etcdEndpoints, redisUrl, address, isPatient }: ClusterValues): ClusterConfig | undefined {
  if (etcdEndpoints.length === 0 && redisUrl === undefined) return undefined;
  if (etcdEndpoints.length === 0) {
    throw new SluiceError("invalidArgument", "a cluster needs etcd.endpoints and redis.url: etcd.endpoints is missing");
  }
  if (redisUrl === undefined) {
    throw new SluiceError("invalidArgument", "a cluster needs etcd.endpoints and redis.url: redis.url is missing");
  }
  return { etcdEndpoints: [...new Set(etcdEndpoints)], redisUrl, address, isPatient };
}

/** Says nothing of what it was given: there may be a password. */
export function parseRedisOption(text: string): string {
  parseRedisUrl(text);
  return text;
}

export function parseNodeId(text: string): string {
  if (isNodeId(text)) return text;
  const range = `1 to ${NODE_RECORD.maxIdLength} letters, digits, dots, hyphens and underscores, no dot at the start`;
  throw new SluiceError("invalidArgument", `expected ${range}`);
}

export function parseRegion(text: string): string {
  if (text.length <= NODE_RECORD.maxRegionLength && !/[\p{Cc}\p{Surrogate}]/u.test(text)) return text;
  throw new SluiceError("invalidArgument", `expected a name of at most ${NODE_RECORD.maxRegionLength} characters`);
}

/** The origin at which other nodes reach this one. */
export function parseNodeAddress(text: string): string {
  const origin = URL.canParse(text) && /^https?:\/\//.test(text) ? new URL(text).origin : "";
  const isAddress = origin !== "" && origin.length <= NODE_RECORD.maxAddressLength && `${origin}/`.startsWith(text);
  if (isAddress) return origin;
  throw new SluiceError("invalidArgument", "expected an address such as http://10.0.0.1:7880");
}

/** What whoever starts a node of a cluster has to know. */
export function clusterWarnings(config: ClusterConfig | undefined): string[] {
  if (config === undefined) return [];
  return [
    "the nodes of a cluster know of each other, but a room is on one node still: who is to meet has to come to the same one",
  ];
}
