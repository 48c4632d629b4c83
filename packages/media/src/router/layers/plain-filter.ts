import type { MediaPacket } from "../media-packet.js";
import type { LayerFilter } from "./layer-filter.js";
import { REWRITE } from "./rewrite-word.js";

/** For streams that have no layers, or do not tell them (H264 without a dependency descriptor): all or nothing. */
export class PlainFilter implements LayerFilter {
  readonly spatialLayer = 0;
  readonly temporalLayer = 0;
  readonly isLost = false;
  rewrite = 0;

  setTarget(): void {}

  needsKeyFrame(): boolean {
    return false;
  }

  begin(): void {}

  accept(packet: MediaPacket): boolean {
    this.rewrite = packet.header.marker ? REWRITE.marker : 0;
    return true;
  }

  acceptLate(packet: MediaPacket): boolean {
    return this.accept(packet);
  }
}
