import { BUS_LIMITS } from "./bus-limits.js";
import { isUtf8Text } from "./utf8-text.js";

/** Name of a channel of the bus; at most `BUS_LIMITS.maxChannelBytes` bytes of UTF-8. */
export type BusChannel = string & { readonly __brand: "BusChannel" };

/** What nodes say to each other about one room. `RangeError`: the name is too long. */
export function roomChannel(room: string): BusChannel {
  return channel("room", room);
}

/** What others say to one node. `RangeError`: the id is too long. */
export function nodeChannel(nodeId: string): BusChannel {
  return channel("node", nodeId);
}

/** What everybody hears. */
export const CLUSTER_CHANNEL = channel("cluster", "");

function channel(kind: "room" | "node" | "cluster", name: string): BusChannel {
  const text = `${kind}:${name}`;
  if (!isUtf8Text(text, BUS_LIMITS.maxChannelBytes)) {
    throw new RangeError(`a name of a ${kind} is at most ${BUS_LIMITS.maxChannelBytes} bytes of UTF-8`);
  }
  return text as BusChannel;
}
