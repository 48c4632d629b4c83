/** One message of a participant or of the server's API, as far as a room has to know it. */
export interface OutgoingData {
  /** Of what is handed out to each receiver. */
  readonly sizeBytes: number;
  /** Participant ids. Without this list and the next it is for everybody else. */
  readonly to?: readonly string[];
  readonly toIdentities?: readonly string[];
}
