import type { MediaConnectionPort, MediaSession, OpenMediaConnection } from "@sluice/protocol";
import type { LocalTrack } from "./local-track.js";

/** What a room needs of one RTCPeerConnection; `MediaConnection`, or its twin in memory. */
export interface MediaPort extends MediaConnectionPort<LocalTrack> {
  /** What the section `mid` receives. */
  receivedTrack(mid: string): MediaStreamTrack | undefined;
  getStats(): Promise<RTCStatsReport>;
}

export type OpenMedia = OpenMediaConnection<MediaPort>;
export type RoomMedia = MediaSession<LocalTrack, MediaPort>;
