/** What a participant's client program is, in LiveKit's numbers (ClientInfo): other clients decide by them how to speak to it. */
export interface ClientDescription {
  /** ClientInfo.SDK; 0: unknown. */
  readonly sdk: number;
  /** Version of the signaling protocol; 0: not LiveKit's. */
  readonly protocol: number;
  /** Version of what clients speak among themselves. */
  readonly clientProtocol: number;
  /** ClientInfo.Capability */
  readonly capabilities: readonly number[];
}

/** Of every client that says nothing of itself: those of the JSON-RPC door. */
export const UNKNOWN_CLIENT: ClientDescription = { sdk: 0, protocol: 0, clientProtocol: 0, capabilities: [] };
