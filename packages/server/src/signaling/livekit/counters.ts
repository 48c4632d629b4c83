import { JOIN_SECONDS } from "../../telemetry/buckets.js";
import { Histogram } from "../../telemetry/histogram.js";
import { RequestMeter } from "../../telemetry/request-meter.js";

/** What happened at LiveKit's door since the start. */
export class LiveKitCounters {
  connections = 0;
  /** By wrong or missing token, malformed request, origin, or limit. */
  upgradesRefused = 0;
  requests = 0;
  /** Frames that are no message, or a message of nothing we know. */
  malformed = 0;
  /** Requests that were not granted. */
  requestsRefused = 0;
  rateLimited = 0;
  slowReaders = 0;
  silent = 0;
  /** Clients that were sent away because they and the node did not agree about what is there. */
  mismatches = 0;
  readonly methods = new RequestMeter();
  /** From the upgrade request to the answer that it has joined, s. */
  readonly joinDurations = new Histogram(JOIN_SECONDS);
}
