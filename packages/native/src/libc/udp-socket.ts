import type { TransportAddress } from "@sluice/media";
import { errno } from "../ffi/library.js";
import type { NativeMemory } from "../ffi/native-memory.js";
import { errnoName } from "./errno.js";
import { type Libc, loadLibc } from "./libc.js";
import { LINUX } from "./linux-constants.js";
import { readSocketAddress, SOCKADDR_STRIDE_BYTES, socketAddressBytes, writeSocketAddress } from "./socket-address.js";
import { SocketError } from "./socket-error.js";

/** Bytes of memory {@link openUdpSocket} needs while it runs: a socket address and an option value. */
export const SOCKET_SCRATCH_BYTES = SOCKADDR_STRIDE_BYTES + 8;

/** A bound, non-blocking UDP socket. */
export interface UdpSocket {
  readonly fd: number;
  readonly local: TransportAddress;
  /** The kernel takes UDP_SEGMENT on it (Linux ≥ 4.18). */
  readonly hasSegmentation: boolean;
}

export interface UdpSocketOptions {
  readonly ip: string;
  readonly port: number;
  readonly receiveBufferBytes: number;
  readonly sendBufferBytes: number;
  readonly memory: NativeMemory;
  /** Where in `memory` {@link SOCKET_SCRATCH_BYTES} are free for the duration of the call. */
  readonly scratch: number;
}

/** @throws SocketError when there can be no such socket. */
export function openUdpSocket(options: UdpSocketOptions): UdpSocket {
  const libc = loadLibc();
  const { ip, port, memory, scratch } = options;
  const family = ip.includes(":") ? "IPv6" : "IPv4";
  if (!writeSocketAddress(memory.bytes, scratch, { family, ip, port })) throw new SocketError("bind", "EINVAL", options);
  const domain = family === "IPv4" ? LINUX.AF_INET : LINUX.AF_INET6;
  const fd = libc.socket(domain, LINUX.SOCK_DGRAM | LINUX.SOCK_NONBLOCK | LINUX.SOCK_CLOEXEC, 0);
  if (fd < 0) throw new SocketError("open", errnoName(errno()), options);
  try {
    const option = new IntegerOption(libc, fd, memory, scratch + SOCKADDR_STRIDE_BYTES);
    if (family === "IPv6" && !option.set(LINUX.IPPROTO_IPV6, LINUX.IPV6_V6ONLY, 1)) {
      throw new SocketError("make IPv6-only", errnoName(errno()), options);
    }
    // Where there are no stamps, what is read counts as having come just now.
    option.set(LINUX.SOL_SOCKET, LINUX.SO_TIMESTAMPNS, 1);
    setBuffer(option, LINUX.SO_RCVBUFFORCE, LINUX.SO_RCVBUF, options.receiveBufferBytes);
    setBuffer(option, LINUX.SO_SNDBUFFORCE, LINUX.SO_SNDBUF, options.sendBufferBytes);
    const address = memory.address + scratch;
    if (libc.bind(fd, address, socketAddressBytes(family)) < 0) throw new SocketError("bind", errnoName(errno()), options);
    memory.view.setUint32(scratch + SOCKADDR_STRIDE_BYTES, SOCKADDR_STRIDE_BYTES, true);
    const isNamed = libc.getsockname(fd, address, address + SOCKADDR_STRIDE_BYTES) === 0;
    const local = isNamed ? readSocketAddress(memory.bytes, scratch) : undefined;
    if (local === undefined) throw new SocketError("name", errnoName(errno()), options);
    return { fd, local, hasSegmentation: option.get(LINUX.SOL_UDP, LINUX.UDP_SEGMENT) !== undefined };
  } catch (error) {
    libc.close(fd);
    throw error;
  }
}

/** Asks past the system's limit first, then within it. What the kernel gives is what it gives: 0 datagrams lost is not promised. */
function setBuffer(option: IntegerOption, force: number, ordinary: number, sizeBytes: number): void {
  if (!option.set(LINUX.SOL_SOCKET, force, sizeBytes)) option.set(LINUX.SOL_SOCKET, ordinary, sizeBytes);
}

/** Socket options that are one `int`. */
class IntegerOption {
  readonly #libc: Libc;
  readonly #fd: number;
  readonly #memory: NativeMemory;
  readonly #offset: number;

  /** `offset`: 8 bytes of `memory` for the value and its length. */
  constructor(libc: Libc, fd: number, memory: NativeMemory, offset: number) {
    this.#libc = libc;
    this.#fd = fd;
    this.#memory = memory;
    this.#offset = offset;
  }

  set(level: number, name: number, value: number): boolean {
    this.#memory.view.setInt32(this.#offset, value, true);
    return this.#libc.setsockopt(this.#fd, level, name, this.#memory.address + this.#offset, 4) === 0;
  }

  get(level: number, name: number): number | undefined {
    this.#memory.view.setUint32(this.#offset + 4, 4, true);
    const address = this.#memory.address + this.#offset;
    if (this.#libc.getsockopt(this.#fd, level, name, address, address + 4) !== 0) return undefined;
    return this.#memory.view.getInt32(this.#offset, true);
  }
}
