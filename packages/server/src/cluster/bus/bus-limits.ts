/** Bounds of the bus. Each is there because the other end, or a broker that stopped, decides how much there would be without it. */
export const BUS_LIMITS = {
  /** Payload of one message, bytes: as much as one data channel message carries (`MAX_CHANNEL_MESSAGE_BYTES`). Most are below 1 KiB. */
  maxPayloadBytes: 262_144,
  /** A channel's name, bytes of UTF-8: a room's name with its prefix. */
  maxChannelBytes: 1_024,
  /** A node's id, bytes of UTF-8. */
  maxNodeIdBytes: 64,
  /** How long a message may be on its way, ms; what it says is of the moment. */
  maxTtlMs: 60_000,
  /** Unless its publisher says otherwise: longer than a reconnect takes, shorter than anybody would wait. */
  defaultTtlMs: 5_000,

  /** Messages that wait to be handled, of all senders. */
  maxWaiting: 1_024,
  /** Bytes of their payloads: the number above says nothing of how large they are. */
  maxWaitingBytes: 16_777_216,
  /** Tries of a handler that fails. With the delays below the last is 0.35 s after the first, and its lane waits meanwhile. */
  maxAttempts: 4,
  firstRetryMs: 50,
  /** A handler that has not ended by then has lost its lane: others of the same lane wait behind it. */
  handlerTimeoutMs: 5_000,

  /** Messages that wait to be published or for the broker's word that they were. */
  maxOutbox: 1_024,
  maxOutboxBytes: 16_777_216,
  /** Published without such a word: what a lost connection makes us send again. */
  maxInFlight: 256,

  /** Channels one node listens to. */
  maxSubscriptions: 65_536,
  /** Nodes whose sessions are remembered. A cluster has hundreds; only holders of the secret get in here. */
  maxSenders: 4_096,
  /** Channels of senders whose last sequence number is remembered; beyond, the longest unheard is forgotten. */
  maxStreams: 131_072,
  /** Channels whose last sequence number a publisher remembers; a forgotten one costs its listeners a gap. */
  maxPublishedChannels: 65_536,
  /** Gaps that wait to be told; beyond, they become one for everything. */
  maxGaps: 1_024,

  /** Of the secret that nodes share, bytes: as long as the key of the hash is useful (RFC 2104 §3). */
  minSecretBytes: 32,
  /** Secrets at a time: the new one, and those that other nodes may still use. */
  maxSecrets: 4,
} as const;
