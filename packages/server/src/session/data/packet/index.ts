/** What somebody needs who measures how LiveKit's packets are forwarded. */
export { parseDataPacket } from "./data-packet.js";
export { forwardPacket } from "./forwarded-packet.js";
