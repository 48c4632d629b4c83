import type { NodeIdentity, NodeLoad, NodeRecord } from "../node-record.js";

export const IDLE: NodeLoad = { cpuPercent: 1.5, memPercent: 20, streams: 0, packetsPerSecond: 0, forwardingDelayP99Ms: 0 };

export function identityOf(nodeId: string, incarnation = "run1"): NodeIdentity {
  return {
    ...{ nodeId, incarnation, region: "eu", version: "0.1.0", startedAt: 1_700_000_000_000 },
    addresses: { http: "http://10.0.0.1:7880", rpc: "http://10.0.0.1:7890" },
  };
}

export function recordOf(nodeId: string, incarnation?: string): NodeRecord {
  return { ...identityOf(nodeId, incarnation), state: "serving", load: IDLE };
}
