export { ProgressLine } from "./load/progress-line.js";
export { socketDrops } from "./load/socket-drops.js";
export type { MediaFile, MediaFrame } from "./media-file/media-file.js";
export { type ReadOptions, readMediaFile } from "./media-file/read-media-file.js";
export { readTestPicture, readTestTone } from "./media-file/test-media.js";
export { createDoor, DOOR_NAMES, type Door, type DoorName } from "./participant/door.js";
export {
  HeadlessParticipant,
  type HeadlessParticipantListener,
  type HeadlessParticipantOptions,
  type ReceivedTotals,
} from "./participant/headless-participant.js";
export type { LocalTrack } from "./participant/local-track.js";
export { MediaHost, type MediaHostOptions } from "./participant/media-host.js";
export type { PacketPath } from "./participant/packet-path.js";
export type { TrackReport } from "./participant/track-meter.js";
