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
}
