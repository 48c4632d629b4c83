import { JOIN_SECONDS } from "../../telemetry/buckets.js";
import { Histogram } from "../../telemetry/histogram.js";
import { RequestMeter } from "../../telemetry/request-meter.js";

/** What happened at a door of this kind since the start. */
export class HttpSessionCounters {
  /** Sessions that were opened. */
  connections = 0;
  /** By the HTTP method; the outcome is the status. */
  readonly methods = new RequestMeter();
  /** From the request to the answer with which a session is open, s. */
  readonly joinDurations = new Histogram(JOIN_SECONDS);
}
