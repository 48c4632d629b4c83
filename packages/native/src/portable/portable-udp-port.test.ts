import { createPacketMemory } from "@sluice/media";
import { describeUdpPort } from "../testing/udp-port.contract.js";
import { openPortableUdp } from "./portable-udp-port.js";

describeUdpPort("portable UDP port", {
  createMemory: createPacketMemory,
  open: (memory, options) => openPortableUdp({ ...options, memory }),
});
