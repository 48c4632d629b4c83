/** Constants of the Linux socket interface; the same numbers on x64 and arm64 (asm-generic). */
export const LINUX = {
  AF_INET: 2,
  AF_INET6: 10,
  SOCK_DGRAM: 2,
  SOCK_NONBLOCK: 0o4000,
  SOCK_CLOEXEC: 0o2000000,
  SOL_SOCKET: 1,
  SO_SNDBUF: 7,
  SO_RCVBUF: 8,
  /** Like the two above, past net.core.{w,r}mem_max; needs CAP_NET_ADMIN. */
  SO_SNDBUFFORCE: 32,
  SO_RCVBUFFORCE: 33,
  /** Socket option, and type of the control message that each datagram then has: when it arrived (socket(7)). */
  SO_TIMESTAMPNS: 35,
  IPPROTO_IPV6: 41,
  IPV6_V6ONLY: 26,
  SOL_UDP: 17,
  /** Socket option and control message of UDP generic segmentation offload (udp(7), Linux 4.18). */
  UDP_SEGMENT: 103,
  MSG_DONTWAIT: 0x40,
  /** What the stamps of SO_TIMESTAMPNS are read from (clock_gettime(2)). */
  CLOCK_REALTIME: 0,
} as const;
