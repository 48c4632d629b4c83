import { bind } from "../ffi/library.js";

/** The C library's socket calls. Addresses are Numbers; every call returns -1 and sets errno on failure. */
export interface Libc {
  socket(domain: number, type: number, protocol: number): number;
  bind(fd: number, address: number, addressBytes: number): number;
  getsockname(fd: number, address: number, addressBytesAddress: number): number;
  setsockopt(fd: number, level: number, option: number, value: number, valueBytes: number): number;
  getsockopt(fd: number, level: number, option: number, value: number, valueBytesAddress: number): number;
  /** The last argument, a timeout, is always 0: it does not do what one hopes (recvmmsg(2), BUGS). */
  recvmmsg(fd: number, headers: number, count: number, flags: number, timeout: number): number;
  sendmmsg(fd: number, headers: number, count: number, flags: number): number;
  clock_gettime(clock: number, timespec: number): number;
  close(fd: number): number;
}

let loaded: Libc | undefined;

/**
 * Binds the calls on first use, so that importing this package works where they do not exist.
 *
 * @throws MissingSymbolError where the C library lacks recvmmsg or sendmmsg (macOS, Windows).
 */
export function loadLibc(): Libc {
  loaded ??= {
    socket: bind("socket", "int", ["int", "int", "int"]),
    bind: bind("bind", "int", ["int", "uint64_t", "uint"]),
    getsockname: bind("getsockname", "int", ["int", "uint64_t", "uint64_t"]),
    setsockopt: bind("setsockopt", "int", ["int", "int", "int", "uint64_t", "uint"]),
    getsockopt: bind("getsockopt", "int", ["int", "int", "int", "uint64_t", "uint64_t"]),
    recvmmsg: bind("recvmmsg", "int", ["int", "uint64_t", "uint", "int", "uint64_t"]),
    sendmmsg: bind("sendmmsg", "int", ["int", "uint64_t", "uint", "int"]),
    clock_gettime: bind("clock_gettime", "int", ["int", "uint64_t"]),
    close: bind("close", "int", ["int"]),
  };
  return loaded;
}
