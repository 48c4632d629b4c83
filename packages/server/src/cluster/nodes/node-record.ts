import { REGISTRY, registryKey } from "../registry/registry.js";

/** What a node says of how busy it is. */
export interface NodeLoad {
  /** Of all its cores, and of its memory, 0–100. */
  readonly cpuPercent: number;
  readonly memPercent: number;
  /** Producers and Consumers of its workers. */
  readonly streams: number;
  /** Media packets in and out. */
  readonly packetsPerSecond: number;
  /** From the arrival of a packet to its last copy's departure. */
  readonly forwardingDelayP99Ms: number;
}

export type NodeState = "serving" | "draining";

/** Where other nodes reach it, as origins: `http://10.0.0.5:7880`. */
export interface NodeAddresses {
  /** Its doors and its API. */
  readonly http: string;
  /** Calls between nodes; undefined: it takes none. */
  readonly rpc?: string | undefined;
}

/** What does not change while a node runs. */
export interface NodeIdentity {
  readonly nodeId: string;
  /** Of this run of the program: a node that was started again under its id is another one, without what the first one hosted. */
  readonly incarnation: string;
  /** As its operator calls it; "" is none. */
  readonly region: string;
  readonly addresses: NodeAddresses;
  /** Of the program. */
  readonly version: string;
  /** Unix time in ms, for people: nothing is decided by it. */
  readonly startedAt: number;
}

export interface NodeRecord extends NodeIdentity {
  readonly state: NodeState;
  readonly load: NodeLoad;
}

/** Bounds of a record; what is beyond them is no record. */
export const NODE_RECORD = {
  /** Raised when what is there changes its meaning; more fields alone do not. */
  version: 1,
  maxBytes: 4_096,
  maxIdLength: 64,
  maxRegionLength: 64,
  maxVersionLength: 64,
  maxAddressLength: 256,
  maxStreams: 1_000_000,
  maxPacketsPerSecond: 1_000_000_000,
  maxDelayMs: 3_600_000,
  /** The last ms of a Date. */
  maxUnixMs: 8_640_000_000_000_000,
} as const;

export const NODES_PREFIX = "/sluice/nodes/";

/** `malformed`: garbage; `otherVersion`: of a program that means something else by it; `foreign`: under a key that is not its own. */
export type IgnoredReason = "malformed" | "otherVersion" | "foreign";

export type ParsedNodeRecord =
  | { readonly type: "record"; readonly record: NodeRecord }
  | { readonly type: "ignored"; readonly reason: IgnoredReason };

const ID = /^[A-Za-z0-9_-][A-Za-z0-9._-]*$/;

/** Whether a node may be called so: 1 to 64 letters, digits, dots, hyphens and underscores, no dot at the start. */
export function isNodeId(text: string): boolean {
  return ID.test(text) && text.length <= NODE_RECORD.maxIdLength;
}

export function nodeKey(nodeId: string): string {
  return registryKey("nodes", nodeId);
}

export function serializeNodeRecord({ load, ...record }: NodeRecord): Uint8Array {
  const { nodeId, incarnation, region, addresses, version, startedAt, state } = record;
  const { cpuPercent, memPercent, streams, packetsPerSecond, forwardingDelayP99Ms } = load;
  const json = {
    v: NODE_RECORD.version,
    ...{ nodeId, incarnation, region, addresses, version, startedAt, state },
    ...{ cpu: cpuPercent, mem: memPercent, streams, packetsPerSecond, forwardingDelayP99Ms },
  };
  return new TextEncoder().encode(JSON.stringify(json));
}

/** Reads what somebody has written under `key`; never throws. */
export function parseNodeRecord(key: string, value: Uint8Array): ParsedNodeRecord {
  const json = parseObject(value);
  if (json === undefined) return ignored("malformed");
  if (Number.isInteger(json.v) && json.v !== NODE_RECORD.version) return ignored("otherVersion");
  const record = readRecord(json);
  if (record === undefined) return ignored("malformed");
  return nodeKey(record.nodeId) === key ? { type: "record", record } : ignored("foreign");
}

function ignored(reason: IgnoredReason): ParsedNodeRecord {
  return { type: "ignored", reason };
}

function parseObject(value: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  if (value.byteLength > Math.min(NODE_RECORD.maxBytes, REGISTRY.maxValueBytes)) return undefined;
  try {
    const json: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(value));
    return asObject(json);
  } catch {
    // No UTF-8, or no JSON: its caller counts it.
    return undefined;
  }
}

function readRecord(json: Readonly<Record<string, unknown>>): NodeRecord | undefined {
  const load = readLoad(json);
  const addresses = readAddresses(json.addresses);
  const { v, nodeId, incarnation, region, version, startedAt, state } = json;
  if (v !== NODE_RECORD.version || load === undefined || addresses === undefined) return undefined;
  if (typeof nodeId !== "string" || !isNodeId(nodeId)) return undefined;
  if (typeof incarnation !== "string" || !isNodeId(incarnation)) return undefined;
  if (!isText(region, NODE_RECORD.maxRegionLength) || !isText(version, NODE_RECORD.maxVersionLength)) return undefined;
  if (!isNumber(startedAt, NODE_RECORD.maxUnixMs)) return undefined;
  if (state !== "serving" && state !== "draining") return undefined;
  return { nodeId, incarnation, region, addresses, version, startedAt, state, load };
}

function readLoad({
  cpu,
  mem,
  streams,
  packetsPerSecond,
  forwardingDelayP99Ms,
}: Readonly<Record<string, unknown>>): NodeLoad | undefined {
  if (!isNumber(cpu, 100) || !isNumber(mem, 100)) return undefined;
  if (!isNumber(streams, NODE_RECORD.maxStreams) || !Number.isInteger(streams)) return undefined;
  if (!isNumber(packetsPerSecond, NODE_RECORD.maxPacketsPerSecond)) return undefined;
  if (!isNumber(forwardingDelayP99Ms, NODE_RECORD.maxDelayMs)) return undefined;
  return { cpuPercent: cpu, memPercent: mem, streams, packetsPerSecond, forwardingDelayP99Ms };
}

function readAddresses(value: unknown): NodeAddresses | undefined {
  const { http, rpc } = asObject(value) ?? {};
  if (!isOrigin(http) || (rpc !== undefined && !isOrigin(rpc))) return undefined;
  return rpc === undefined ? { http } : { http, rpc };
}

function asObject(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
}

function isText(value: unknown, maxLength: number): value is string {
  // Control characters would end up in somebody's terminal.
  return typeof value === "string" && value.length <= maxLength && !/[\p{Cc}\p{Surrogate}]/u.test(value);
}

function isNumber(value: unknown, max: number): value is number {
  return typeof value === "number" && value >= 0 && value <= max;
}

function isOrigin(value: unknown): value is string {
  if (typeof value !== "string" || value.length > NODE_RECORD.maxAddressLength || !/^https?:\/\//.test(value)) return false;
  return URL.canParse(value) && new URL(value).origin === value;
}
