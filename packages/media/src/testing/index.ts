export { VirtualCall, type VirtualCallOptions, VirtualSubscriber } from "./virtual-call.js";
export { VirtualCamera } from "./virtual-camera.js";
export { VirtualEndpoint, type VirtualPlatform } from "./virtual-endpoint.js";
export { type VirtualLink, VirtualNetwork } from "./virtual-network.js";
export { type VirtualDatagram, VirtualPort } from "./virtual-port.js";
export {
  CONSUMER_RTX_SSRC,
  CONSUMER_SSRC,
  type ForwardedPacket,
  type PublishedPacket,
  VirtualRoom,
  type VirtualRoomOptions,
} from "./virtual-room.js";
