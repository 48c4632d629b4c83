import { constants } from "node:os";

/** errno values the packet path decides on, as this platform numbers them. */
export const ERRNO = {
  EAGAIN: constants.errno.EAGAIN,
  EINTR: constants.errno.EINTR,
  EINVAL: constants.errno.EINVAL,
  EIO: constants.errno.EIO,
  EMSGSIZE: constants.errno.EMSGSIZE,
  ENOBUFS: constants.errno.ENOBUFS,
  ENOPROTOOPT: constants.errno.ENOPROTOOPT,
  EOPNOTSUPP: constants.errno.EOPNOTSUPP,
} as const;

const names = new Map(Object.entries(constants.errno).map(([name, value]) => [value, name]));

/** `EADDRINUSE` for 98; `errno 4711` for what the platform has no name for. */
export function errnoName(value: number): string {
  return names.get(value) ?? `errno ${value}`;
}
