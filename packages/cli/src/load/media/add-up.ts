import type { ReceivedCounts } from "./media-messages.js";

/** Of several subscribers, or of several processes. */
export function addUp(all: readonly ReceivedCounts[]): ReceivedCounts {
  let [packets, bytes, lost, freezes, frozenMs, videos] = [0, 0, 0, 0, 0, 0];
  for (const each of all) {
    packets += each.packets;
    bytes += each.bytes;
    lost += each.lost;
    freezes += each.freezes;
    frozenMs += each.frozenMs;
    videos += each.videos;
  }
  return { packets, bytes, lost, freezes, frozenMs, videos };
}
