export { VirtualEndpoint, type VirtualPlatform } from "./virtual-endpoint.js";
export { type VirtualLink, VirtualNetwork } from "./virtual-network.js";
export { type VirtualDatagram, VirtualPort } from "./virtual-port.js";
