import { createPacketMemory } from "@sluice/media";
import { CONTRACT_MEMORY_BYTES, cryptoPortContract } from "../testing/crypto-port.contract.js";
import { createPortableCrypto } from "./portable-crypto.js";

cryptoPortContract("node:crypto", () => createPortableCrypto(createPacketMemory(CONTRACT_MEMORY_BYTES)));
