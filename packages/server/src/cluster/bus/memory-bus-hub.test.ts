import { RandomGenerator } from "@sluice/netem";
import { testBusContract } from "./testing/bus-contract.js";
import { MemoryHarness } from "./testing/memory-harness.js";

testBusContract("memory bus", async () => {
  const generator = new RandomGenerator(1);
  return new MemoryHarness(() => generator.next());
});
