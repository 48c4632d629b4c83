import type { ReceiveStream } from "./receive-stream.js";

/** What came by several streams of one Producer, those that were replaced included. */
export class StreamTotals {
  packets = 0;
  bytes = 0;
  lost = 0;
  keyFrames = 0;
  /** Packets asked for again, and key frames asked for. */
  packetsNacked = 0;
  keyFrameRequests = 0;

  add(
    stream: Pick<ReceiveStream, "packets" | "bytes" | "keyFramesSeen" | "packetsNacked" | "keyFrameRequestsSent"> & Lossy,
  ): void {
    this.packets += stream.packets;
    this.bytes += stream.bytes;
    this.lost += stream.statistics.packetsLost;
    this.keyFrames += stream.keyFramesSeen;
    this.packetsNacked += stream.packetsNacked;
    this.keyFrameRequests += stream.keyFrameRequestsSent;
  }
}

interface Lossy {
  readonly statistics: { readonly packetsLost: number };
}
