export { bind, type CType, errno, MissingSymbolError } from "./ffi/library.js";
export { assertInside, createNativeMemory, type NativeMemory } from "./ffi/native-memory.js";
export { createDtlsPort, type DtlsPortOptions, type NativeDtlsPort } from "./openssl/dtls-port.js";
export { OpenSslError } from "./openssl/error-queue.js";
export { createNativeCrypto } from "./openssl/native-crypto.js";
export { MAX_APPLICATION_DATA_BYTES } from "./openssl/native-dtls-session.js";
export { opensslVersion, selfTest } from "./openssl/self-test.js";
export { createPortableCrypto } from "./portable/portable-crypto.js";
