import type { DATA_LABELS } from "../data-message.js";

export type DataKind = keyof typeof DATA_LABELS;

/** What is needed of an open RTCDataChannel. */
export interface DataChannelPort {
  /** Bytes that wait to be sent. */
  readonly bufferedAmount: number;
  /** Throws when the channel is not open any more. */
  send(bytes: Uint8Array<ArrayBuffer>): void;
}

/** Who hears of the channels of one peer connection. */
export interface DataChannelListener {
  handleOpen(kind: DataKind, channel: DataChannelPort): void;
  handleClose(kind: DataKind): void;
  /** What waits has fallen to {@link DATA_BUFFER_BYTES} (`bufferedAmountLowThreshold`). */
  handleDrained(kind: DataKind): void;
  handleMessage(bytes: Uint8Array): void;
}

/**
 * So much may wait in a reliable channel before the next message has to wait before it, bytes: enough for a long fat path, little
 * enough for a change of the path not to lose much.
 */
export const DATA_BUFFER_BYTES = 512 * 1024;
