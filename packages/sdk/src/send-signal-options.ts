export interface SendSignalOptions {
  /** One participant id; absent: the room. */
  readonly to?: string;
  /** Every room of the cluster; needs the roomAdmin grant. */
  readonly everyRoom?: boolean;
}
