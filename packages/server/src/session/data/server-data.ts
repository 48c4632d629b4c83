/** What the server's API sends to a room: to everybody, or to those of both lists who are there. */
export interface ServerData {
  readonly payload: Uint8Array;
  readonly topic?: string;
  readonly isReliable: boolean;
  readonly destinationIdentities?: readonly string[];
  /** Participant ids. */
  readonly destinationIds?: readonly string[];
  /** 16 bytes, the same in every copy of one message; empty: none. */
  readonly nonce?: Uint8Array;
}
