import { createMemoryFixture } from "../testing/memory-fixture.js";
import { testRegistryContract } from "../testing/registry-contract.js";

testRegistryContract("memory", async () => createMemoryFixture(), false);
