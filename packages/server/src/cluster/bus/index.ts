export { type Clock, SYSTEM_CLOCK } from "../../session/clock.js";
export { Bus, type BusOptions, type BusReadings } from "./bus.js";
export { BUS_LIMITS } from "./bus-limits.js";
export type { BusLink, LinkOwner, LinkState } from "./bus-link.js";
export type { BusGap, BusGapCause, BusMessage, BusSubscriber } from "./bus-message.js";
export { BUS_METRICS, type BusMetricName, type BusSample, readBusMetrics } from "./bus-metrics.js";
export { type BusChannel, CLUSTER_CHANNEL, nodeChannel, roomChannel } from "./channel.js";
export { type HubFaults, MemoryBusHub } from "./memory-bus-hub.js";
export { RedisLink, type RedisLinkOptions } from "./redis-link.js";
