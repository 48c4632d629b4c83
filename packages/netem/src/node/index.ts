export type { Direction, UdpEndpoint } from "./udp-endpoint.js";
export { UdpProxy, type UdpProxyOptions } from "./udp-proxy.js";
