import type { IceCredentials } from "../ice/ice-parameters.js";
import type { VirtualEndpoint } from "./virtual-endpoint.js";
import type { VirtualLink, VirtualNetwork } from "./virtual-network.js";

/** One client's way to the node and back. */
export interface ClientLinks {
  readonly toNode: VirtualLink;
  readonly fromNode: VirtualLink;
}

/**
 * Makes a host of the network a client of the node: the node's Transport `transportId` in its Router `routerId`, the client's
 * Transport "node" in its Router "client". They connect as time passes.
 *
 * `transportId`: letters, digits, "-".
 */
export function joinNode(
  network: VirtualNetwork,
  node: VirtualEndpoint,
  client: VirtualEndpoint,
  transportId: string,
  { toNode, fromNode }: ClientLinks,
  routerId = "room",
): void {
  network.connect(client.port, node.port, toNode);
  network.connect(node.port, client.port, fromNode);
  const { now } = network;
  const [ours, theirs] = [credentials("node", transportId), credentials("peer", transportId)];
  node.core.openRouter(routerId);
  client.core.openRouter("client");
  node.core.openTransport(routerId, transportId, { iceRole: "lite", localIce: ours }, now);
  client.core.openTransport("client", "node", { iceRole: "controlling", localIce: theirs }, now);
  node.core.connectTransport(transportId, client.describe(theirs, "server"), now);
  client.core.connectTransport("node", node.describe(ours, "client"), now);
}

/** Unlike those of every other Transport, and as long as they have to be (RFC 8445 §5.3). */
function credentials(side: string, transportId: string): IceCredentials {
  const name = `${side}${transportId.replaceAll("-", "")}`;
  return { ufrag: name, pwd: `${name}PasswordOf24Characters` };
}
