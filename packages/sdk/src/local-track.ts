import type { TrackKind, TrackSource } from "@sluice/protocol";
import type { PublishOptions } from "./publish-options.js";
import type { VideoPlan } from "./video-encodings.js";

/** A track of our own that is published. */
export class LocalTrack {
  /** Our own name for it, the same for as long as it is published. */
  readonly cid: string;
  readonly mediaStreamTrack: MediaStreamTrack;
  readonly options: PublishOptions;
  /** A captured device or screen is stopped when it is unpublished; a track you made is yours to stop. */
  readonly origin: "captured" | "given";
  /** The server's name for it: `TR_…`. Changes when the participant had to join anew. */
  trackId = "";
  muted: boolean;
  /** How it is encoded. */
  readonly plan: VideoPlan;
  /** Which layers somebody watches, smallest first; undefined: all, as far as we know. */
  wantedLayers: readonly boolean[] | undefined;

  /** `plan`: of video; audio has one encoding with the bit rate of the options. */
  constructor(
    cid: string,
    mediaStreamTrack: MediaStreamTrack,
    origin: LocalTrack["origin"],
    options: PublishOptions,
    plan: VideoPlan = audioPlan(options),
  ) {
    this.cid = cid;
    this.mediaStreamTrack = mediaStreamTrack;
    this.origin = origin;
    this.options = options;
    this.plan = plan;
    this.muted = options.muted ?? false;
  }

  get kind(): TrackKind {
    return this.mediaStreamTrack.kind === "audio" ? "audio" : "video";
  }

  get source(): TrackSource {
    return this.options.source ?? "unknown";
  }

  get name(): string {
    return this.options.name ?? "";
  }
}

function audioPlan({ maxBitrateBps }: PublishOptions): VideoPlan {
  return { encodings: [maxBitrateBps === undefined ? {} : { maxBitrate: maxBitrateBps }] };
}
