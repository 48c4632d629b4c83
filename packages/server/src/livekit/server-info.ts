import { ServerInfo, ServerInfo_Edition } from "@livekit/protocol";

/** The newest signaling protocol that is spoken here. */
const PROTOCOL = 17;
/** The version of the agents' protocol. */
const AGENT_PROTOCOL = 1;
/**
 * The LiveKit server whose behaviour clients may count on: they need it to be there, and compare it to know what a server can do.
 * From 1.13.7 on they would publish VP9 and AV1 as simulcast when an application asks for it.
 */
const COMPATIBLE_VERSION = "1.13.5";

/** Of the node, as it tells clients and workers. */
export interface NodeName {
  readonly nodeId: string;
  /** Empty: it has none. */
  readonly region: string;
}

export function serverInfo({ nodeId, region }: NodeName): ServerInfo {
  return new ServerInfo({
    edition: ServerInfo_Edition.Standard,
    version: COMPATIBLE_VERSION,
    protocol: PROTOCOL,
    agentProtocol: AGENT_PROTOCOL,
    nodeId,
    region,
  });
}
