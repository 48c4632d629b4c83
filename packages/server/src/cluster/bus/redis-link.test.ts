import { testBusContract } from "./testing/bus-contract.js";
import { RedisHarness } from "./testing/redis-harness.js";
import { NO_REDIS } from "./testing/redis-server.js";

testBusContract("redis bus", () => RedisHarness.start(), NO_REDIS);
