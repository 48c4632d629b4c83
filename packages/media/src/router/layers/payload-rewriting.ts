import type { PacketMemory } from "../../bytes/packet-memory.js";
import type { FrameInfo } from "../../codec/frame-info.js";
import { writePictureId, writeTl0PictureIndex } from "../../codec/picture-id.js";
import { pictureIdIn, tl0PictureIndexIn } from "./rewrite-word.js";

/** Writes one Consumer's ids into a payload that all Consumers share; to be undone as soon as it is sent. */
export function writeIds(memory: PacketMemory, frame: FrameInfo, word: number): void {
  writePictureId(memory, frame, pictureIdIn(word));
  writeTl0PictureIndex(memory, frame, tl0PictureIndexIn(word));
}

/** Puts the publisher's ids back. */
export function restoreIds(memory: PacketMemory, frame: FrameInfo): void {
  writePictureId(memory, frame, frame.pictureId);
  writeTl0PictureIndex(memory, frame, frame.tl0PictureIndex);
}

/** Moves the frame number of the dependency descriptor at `offset`, if there is one: the two bytes after its first. */
export function shiftFrameNumber({ view }: PacketMemory, offset: number, difference: number): void {
  if (offset < 0 || difference === 0) return;
  view.setUint16(offset + 1, (view.getUint16(offset + 1) + difference) & 0xffff);
}
