/**
 * Field numbers of `livekit.DataPacket` and `livekit.UserPacket` (livekit/protocol, livekit_models.proto); a test compares them with
 * the descriptors of npm `@livekit/protocol`.
 */
export const PACKET_FIELDS = {
  kind: 1,
  participantIdentity: 4,
  destinationIdentities: 5,
  sequence: 16,
  participantSid: 17,
} as const;

export const USER_FIELDS = {
  participantSid: 1,
  payload: 2,
  destinationSids: 3,
  topic: 4,
  participantIdentity: 5,
  destinationIdentities: 6,
  id: 8,
  nonce: 11,
} as const;

/** The members of `DataPacket.value`, a packet has one of them. */
export const VALUE_FIELDS = {
  user: 2,
  speaker: 3,
  sipDtmf: 6,
  transcription: 7,
  metrics: 8,
  chatMessage: 9,
  rpcRequest: 10,
  rpcAck: 11,
  rpcResponse: 12,
  streamHeader: 13,
  streamChunk: 14,
  streamTrailer: 15,
  encryptedPacket: 18,
} as const;

export type PacketValue = keyof typeof VALUE_FIELDS;

/** `DataPacket.Kind`; RELIABLE is 0, which is not written. */
export const LOSSY_KIND = 1;
