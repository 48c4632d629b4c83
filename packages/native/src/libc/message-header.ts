/**
 * Layouts of the structures that recvmmsg(2) and sendmmsg(2) take, on 64-bit little-endian Linux (x64 and arm64 agree;
 * musl's padding fields fall on the same bytes and stay zero).
 */

/** `struct mmsghdr`: a `struct msghdr` (56 bytes) and the length the kernel reports. */
export const MMSGHDR = {
  sizeBytes: 64,
  /** `void *msg_name`, 8 bytes. */
  name: 0,
  /** `socklen_t msg_namelen`, 4 bytes; on receive the kernel writes what it used. */
  nameLength: 8,
  /** `struct iovec *msg_iov`, 8 bytes. */
  iovec: 16,
  /** `size_t msg_iovlen`, 8 bytes. */
  iovecCount: 24,
  /** `void *msg_control`, 8 bytes. */
  control: 32,
  /** `size_t msg_controllen`, 8 bytes. */
  controlLength: 40,
  /** `int msg_flags`, 4 bytes. */
  flags: 48,
  /** `unsigned int msg_len`, 4 bytes: size of the datagram received. */
  messageLength: 56,
} as const;

/** `struct iovec`. */
export const IOVEC = {
  sizeBytes: 16,
  /** `void *iov_base`, 8 bytes. */
  base: 0,
  /** `size_t iov_len`, 8 bytes. */
  length: 8,
} as const;

/** `struct cmsghdr` with the one `uint16_t` that UDP_SEGMENT carries, i.e. CMSG_SPACE(2). */
export const SEGMENT_CMSG = {
  sizeBytes: 24,
  /** `size_t cmsg_len`, 8 bytes: 18 = CMSG_LEN(2). */
  length: 0,
  lengthValue: 18,
  /** `int cmsg_level`, 4 bytes. */
  level: 8,
  /** `int cmsg_type`, 4 bytes. */
  type: 12,
  /** `uint16_t` segment size. */
  data: 16,
} as const;

/** `struct timespec`. */
export const TIMESPEC = {
  sizeBytes: 16,
  /** `time_t tv_sec`, 8 bytes, of which the lower half tells times of one day apart. */
  seconds: 0,
  /** `long tv_nsec`, 8 bytes, below 10^9. */
  nanoseconds: 8,
} as const;

/** `struct cmsghdr` with the `struct timespec` of SO_TIMESTAMPNS: CMSG_SPACE(16), which is CMSG_LEN(16) as well. */
export const TIMESTAMP_CMSG = {
  sizeBytes: 32,
  /** The timespec. */
  data: 16,
} as const;

/**
 * Writes `address` as a little-endian 64-bit pointer into two words. Exact below 2^53: storing into a Uint32Array keeps the
 * low 32 bits of the integer part, which V8 does without the division that `%` would cost.
 */
export function writePointer(words: Uint32Array, byteOffset: number, address: number): void {
  words[byteOffset >> 2] = address;
  words[(byteOffset >> 2) + 1] = address / 0x1_0000_0000;
}
