/** What benches and the soak need of the harness: a node as it ships, clients for it, and what comes between them. */
export { Bots } from "./harness/bots.js";
export { Browser } from "./harness/browser.js";
export { ForkedPeer } from "./harness/forked-peer.js";
export { Impairment, type ImpairmentOptions } from "./harness/impairment.js";
export type { Inspector } from "./harness/inspector.js";
export type { LiveKitPage } from "./harness/livekit-page.js";
export { NodeProcess } from "./harness/node-process.js";
export { residentBytes } from "./harness/process-memory.js";
export { serveParent } from "./harness/serve-parent.js";
export { SignalingProxy } from "./harness/signaling-proxy.js";
export { SluiceProcess } from "./harness/sluice-process.js";
export { until } from "./harness/until.js";
