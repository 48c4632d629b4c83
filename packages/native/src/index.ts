export { bind, type CType, errno, MissingSymbolError } from "./ffi/library.js";
export { assertInside, createNativeMemory, type NativeMemory } from "./ffi/native-memory.js";
export { OpenSslError } from "./openssl/error-queue.js";
export { createNativeCrypto } from "./openssl/native-crypto.js";
export { createPortableCrypto } from "./portable/portable-crypto.js";
