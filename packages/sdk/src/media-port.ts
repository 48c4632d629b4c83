import type { DataChannelListener, MediaConnectionPort, MediaSession, OpenMediaConnection } from "@sluice/protocol";
import type { LocalTrack } from "./local-track.js";

/** What a room needs of one RTCPeerConnection; `MediaConnection`, or its twin in memory. */
export interface MediaPort extends MediaConnectionPort<LocalTrack> {
  /** What the section `mid` receives. */
  receivedTrack(mid: string): MediaStreamTrack | undefined;
  /** Encodes of a track that is sent what its `wantedLayers` say. */
  applyWantedLayers(track: LocalTrack): Promise<void>;
  getStats(): Promise<RTCStatsReport>;
}

/** It opens our data channels too, of which `data` hears. */
export type OpenMedia = (
  ...parameters: [...Parameters<OpenMediaConnection<MediaPort>>, data: DataChannelListener]
) => MediaPort;
export type RoomMedia = MediaSession<LocalTrack, MediaPort>;
