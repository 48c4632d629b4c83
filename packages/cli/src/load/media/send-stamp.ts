import type { Instant } from "@sluice/media";

/** "SLUICELD": what stands in front of the time. */
const MARK_HIGH = 0x534c5549;
const MARK_LOW = 0x43454c44;
/** The mark, and the time as a float of 64 bits. */
export const STAMP_BYTES = 16;

/**
 * From an Instant of this process to the machine's monotonic clock, µs: processes of one machine agree on that one (CLOCK_MONOTONIC), and
 * each counts its Instants from its own start.
 */
const MACHINE_OFFSET_US = Number(process.hrtime.bigint() / 1_000n) - performance.now() * 1_000;

export function machineUs(now: Instant): number {
  return now + MACHINE_OFFSET_US;
}

/** Writes when a payload is sent (µs of the machine's clock) over its last bytes, which nobody between publisher and subscriber reads. */
export function writeStamp(view: DataView, end: number, sentUs: number): void {
  view.setUint32(end - STAMP_BYTES, MARK_HIGH);
  view.setUint32(end - STAMP_BYTES + 4, MARK_LOW);
  view.setFloat64(end - STAMP_BYTES + 8, sentUs);
}

/** What {@link writeStamp} wrote before `end`; undefined when it is none. */
export function readStamp(view: DataView, end: number): number | undefined {
  if (end < STAMP_BYTES || end > view.byteLength) return undefined;
  if (view.getUint32(end - STAMP_BYTES) !== MARK_HIGH || view.getUint32(end - STAMP_BYTES + 4) !== MARK_LOW) return undefined;
  return view.getFloat64(end - STAMP_BYTES + 8);
}
