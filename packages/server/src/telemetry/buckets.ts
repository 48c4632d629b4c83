/** Bounds of histograms, s. Answering a request takes 20 µs; a call of the API may wait for a client. */
export const REQUEST_SECONDS = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
] as const;
/** Clients' networks and their users' permission dialogs are in these. */
export const JOIN_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60] as const;
/** Garbage collection and timers: what a packet may have to wait for. */
export const PAUSE_SECONDS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1] as const;
/** From a packet's arrival to its leaving: a batch takes 10 µs to 3 ms. */
export const FORWARDING_SECONDS = [
  0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.002, 0.003, 0.005, 0.01, 0.025, 0.1,
] as const;
export const ROUND_TRIP_SECONDS = [0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 1, 2] as const;
/** 50 kbit/s to 100 Mbit/s, by bytes: audio alone, and more than any client asks for. */
export const BANDWIDTH_BYTES_PER_SECOND = [
  6_250, 12_500, 25_000, 50_000, 100_000, 200_000, 400_000, 800_000, 1_600_000, 3_200_000, 12_500_000,
] as const;
export const LOSS_RATIOS = [0, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5] as const;
