import { randomFillSync } from "node:crypto";

/** Asked of the kernel at a time, bytes: one call for each id would cost more than the rest of a span. */
const POOL_BYTES = 4_096;

/** Random bytes as hexadecimal digits; so many at a time as an id has. */
export function createRandomIds(): (sizeBytes: number) => string {
  const pool = Buffer.alloc(POOL_BYTES);
  let used = POOL_BYTES;
  return (sizeBytes) => {
    if (used + sizeBytes > POOL_BYTES) {
      randomFillSync(pool);
      used = 0;
    }
    used += sizeBytes;
    return pool.toString("hex", used - sizeBytes, used);
  };
}
