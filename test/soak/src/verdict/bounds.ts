import type { ProcessSample } from "../watch/sample.js";

/** What is watched for growth. */
export type Quantity = Exclude<keyof ProcessSample, "name">;

const MIB = 1_048_576;

/**
 * How much each may have grown from the end of the warm-up to the end of the soak, however long that was: `atLeast` in its own units, or a share of
 * its median where that is more. A leak of so much per join or per message passes a short run and fails a long one; what is large enough to matter in a
 * night fails half an hour.
 */
export const MAX_GROWTH: Readonly<Record<Quantity, { readonly atLeast: number; readonly share: number }>> = {
  liveHeapBytes: { atLeast: 2 * MIB, share: 0.06 },
  externalBytes: { atLeast: 4 * MIB, share: 0.1 },
  // The heap's own slack, and what the allocator keeps; packet memory that was never touched before is part of it.
  residentBytes: { atLeast: 24 * MIB, share: 0.12 },
  descriptors: { atLeast: 2, share: 0 },
  // What the residents send is kept for two seconds, more or less.
  heldSlots: { atLeast: 128, share: 0 },
};

/** Of the samples at the beginning that do not count: compilers, pools and caches fill. At least two. */
export const WARM_UP_SHARE = 0.3;

/** With fewer samples after the warm-up nothing is said of growth, and the soak has failed for that. */
export const MIN_SAMPLES = 4;

/** Counters that stay where they are, whatever participants do and their networks lose. */
export const MUST_STAY_ZERO: readonly { readonly name: string; readonly labels?: Readonly<Record<string, string>> }[] = [
  { name: "sluice_worker_restarts_total" },
  { name: "sluice_commands_failed_total" },
  { name: "sluice_udp_receive_errors_total" },
  { name: "sluice_udp_drops_total", labels: { cause: "no_slot" } },
  { name: "sluice_udp_drops_total", labels: { cause: "too_long" } },
  { name: "sluice_udp_drops_total", labels: { cause: "send_error" } },
  { name: "sluice_media_drops_total", labels: { cause: "malformed_rtp" } },
  { name: "sluice_media_drops_total", labels: { cause: "malformed_payload" } },
  { name: "sluice_media_drops_total", labels: { cause: "malformed_rtcp" } },
  { name: "sluice_signaling_drops_total", labels: { cause: "malformed" } },
  { name: "sluice_data_drops_total", labels: { cause: "malformed" } },
];
