import type { DataChannelParameters } from "@sluice/media";
import { DATA_LABELS } from "@sluice/protocol";

/** Frames of LiveKit's data tracks. */
export const DATA_TRACK_LABEL = "_data_track";

/** Those that a client of LiveKit's finds in a connection that is offered to it. */
export const LIVEKIT_CHANNELS = [DATA_LABELS.reliable, DATA_LABELS.lossy, DATA_TRACK_LABEL] as const;

/** How the node opens a channel of this label; only the reliable one is. */
export function channelParameters(label: string): DataChannelParameters {
  return label === DATA_LABELS.reliable ? { label, isOrdered: true } : { label, isOrdered: false, maxRetransmits: 0 };
}
