/** What happened with agents since the start. */
export class AgentCounters {
  /** WebSockets that workers opened. */
  connections = 0;
  /** By wrong or missing token, origin, or limit. */
  upgradesRefused = 0;
  workersRegistered = 0;
  /** Closed because they did not register in time, or asked for what is too long, or were too many. */
  registrationsRefused = 0;
  /** Messages of workers that are none, or come at the wrong moment. */
  malformedMessages = 0;
  /** Closed because they sent more than they may. */
  rateLimited = 0;
  /** Closed because nothing was heard of them. */
  silent = 0;
  /** Closed because they did not read what they were sent. */
  slowReaders = 0;
  dispatchesCreated = 0;
  /** Because a room had too many. */
  dispatchesRefused = 0;
  jobsCreated = 0;
  /** Because the node had too many. */
  jobsRefused = 0;
  offers = 0;
  offersDeclined = 0;
  /** Not answered in time. */
  offersTimedOut = 0;
  assignments = 0;
  terminations = 0;
  jobsSucceeded = 0;
  jobsFailed = 0;
  /** Of jobs that are not the worker's: they ended meanwhile, or never were. */
  strayAnswers = 0;
  simulatedJobs = 0;
  /** Requests to move jobs elsewhere, which are not carried out. */
  migrationsIgnored = 0;
}
