import type { JoinClient } from "./join-client.js";
import type { JoinMarks } from "./join-marks.js";

/** Of all joins of one client, ms. */
export interface JoinResult {
  readonly bench: "join";
  readonly client: JoinClient;
  readonly runs: number;
  /** To the first decoded frame. */
  readonly p50Ms: number;
  readonly p90Ms: number;
  /** To each stage, medians. */
  readonly stagesMs: JoinMarks;
  readonly loadAverage: number;
}
