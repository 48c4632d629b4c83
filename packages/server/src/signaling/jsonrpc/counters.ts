import { JOIN_SECONDS } from "../../telemetry/buckets.js";
import { Histogram } from "../../telemetry/histogram.js";
import { RequestMeter } from "../../telemetry/request-meter.js";

/** What happened at the door since the start. */
export class DoorCounters {
  connections = 0;
  /** By wrong or missing token, origin, or limit. */
  upgradesRefused = 0;
  requests = 0;
  /** Answered with an error. */
  requestsRefused = 0;
  rateLimited = 0;
  /** Closed because they did not read what they were sent. */
  slowReaders = 0;
  /** Closed because nothing was heard of them. */
  silent = 0;
  readonly methods = new RequestMeter();
  /** From the upgrade request to the answer to `join`, s. */
  readonly joinDurations = new Histogram(JOIN_SECONDS);
}
