/** IP addresses between text and network byte order. Slow path: registering, and reporting an address nobody knows. */
import { isIPv6 } from "node:net";

/** Writes the 4 bytes of a dotted quad at `offset`. False, with nothing promised about the bytes, when the text is not one. */
export function writeIpv4(text: string, bytes: Uint8Array, offset: number): boolean {
  const parts = text.split(".");
  if (parts.length !== 4) return false;
  for (const [index, part] of parts.entries()) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part)) return false;
    const value = Number(part);
    if (value > 255) return false;
    bytes[offset + index] = value;
  }
  return true;
}

/** Writes the 16 bytes of an IPv6 address (RFC 4291 §2.2, no zone) at `offset`. False when the text is not one. */
export function writeIpv6(text: string, bytes: Uint8Array, offset: number): boolean {
  if (!isIPv6(text) || text.includes("%")) return false;
  const [head = "", tail] = text.split("::");
  const before = ipv6Groups(head);
  const after = tail === undefined ? [] : ipv6Groups(tail);
  const zeros = 8 - before.length - after.length;
  const groups = [...before, ...Array.from({ length: zeros }, () => 0), ...after];
  for (const [index, group] of groups.entries()) {
    bytes[offset + 2 * index] = group >>> 8;
    bytes[offset + 2 * index + 1] = group & 0xff;
  }
  return true;
}

/** The dotted quad of the 4 bytes at `offset`. */
export function readIpv4(bytes: Uint8Array, offset: number): string {
  return `${bytes[offset]}.${bytes[offset + 1]}.${bytes[offset + 2]}.${bytes[offset + 3]}`;
}

/** RFC 5952 text of the 16 bytes at `offset`: lower case, the first longest run of at least two zero groups shortened. */
export function readIpv6(bytes: Uint8Array, offset: number): string {
  const groups: string[] = [];
  let bestStart = -1;
  let bestLength = 1;
  let runLength = 0;
  for (let index = 0; index < 8; index++) {
    const group = ((bytes[offset + 2 * index] ?? 0) << 8) | (bytes[offset + 2 * index + 1] ?? 0);
    groups.push(group.toString(16));
    runLength = group === 0 ? runLength + 1 : 0;
    if (runLength > bestLength) {
      bestLength = runLength;
      bestStart = index + 1 - runLength;
    }
  }
  if (bestStart < 0) return groups.join(":");
  return `${groups.slice(0, bestStart).join(":")}::${groups.slice(bestStart + bestLength).join(":")}`;
}

/** The 16-bit groups of one side of `::`; a dotted quad at the end is two of them. The text is already known to be valid. */
function ipv6Groups(text: string): number[] {
  if (text === "") return [];
  return text.split(":").flatMap((part) => {
    if (!part.includes(".")) return [Number.parseInt(part, 16)];
    const quad = part.split(".").map(Number);
    return [((quad[0] ?? 0) << 8) | (quad[1] ?? 0), ((quad[2] ?? 0) << 8) | (quad[3] ?? 0)];
  });
}
