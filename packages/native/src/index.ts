export { bind, type CType, errno, MissingSymbolError } from "./ffi/library.js";
export { assertInside, createNativeMemory, type NativeMemory } from "./ffi/native-memory.js";
export { SocketError } from "./libc/socket-error.js";
export { createDtlsPort, type DtlsPortOptions, type NativeDtlsPort } from "./openssl/dtls-port.js";
export { OpenSslError } from "./openssl/error-queue.js";
export { createNativeCrypto } from "./openssl/native-crypto.js";
export { MAX_APPLICATION_DATA_BYTES } from "./openssl/native-dtls-session.js";
export { opensslVersion, selfTest } from "./openssl/self-test.js";
export { createPortableCrypto } from "./portable/portable-crypto.js";
export { openPortableUdp } from "./portable/portable-udp-port.js";
export { createTcpCounters, type TcpCounters } from "./tcp/tcp-counters.js";
export { openTcpPort, type TcpPort, type TcpPortOptions } from "./tcp/tcp-port.js";
export { monotonicNow } from "./udp/monotonic-clock.js";
export { openNativeUdp } from "./udp/native-udp-port.js";
export { isNativeUdpSupported, type NativeUdpSupport } from "./udp/native-udp-support.js";
export {
  createUdpCounters,
  DEFAULT_MAX_ADDRESSES,
  type UdpCounters,
  type UdpPort,
  type UdpPortOptions,
} from "./udp/udp-port.js";
