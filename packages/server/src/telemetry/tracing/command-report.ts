/** What a worker says of a command that was sent in the name of a span. It makes no spans itself: that needs neither ids nor an exporter there. */
export interface CommandReport {
  readonly type: "commandDone";
  /** The span's, as it came with the command. */
  readonly traceparent: string;
  /** Type of the command. */
  readonly command: string;
  readonly objectId: string;
  /** Unix time in µs, from taking the command off the channel. */
  readonly startedUs: number;
  readonly endedUs: number;
  readonly isFailed: boolean;
}
