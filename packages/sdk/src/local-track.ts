import type { TrackKind, TrackSource } from "@sluice/protocol";

/** `vp8`, `vp9`, `h264` and `av1` for video, `opus` for audio. */
export type Codec = "vp8" | "vp9" | "h264" | "av1" | "opus";

export interface PublishOptions {
  /** Default `unknown`. */
  readonly source?: TrackSource;
  /** For people or for your own code. Default: empty. */
  readonly name?: string;
  /** The only codec offered for this track. Default: all the browser has, and the server chooses. */
  readonly codec?: Codec;
  /** The sender never exceeds this (W3C `RTCRtpEncodingParameters.maxBitrate`). Default: the browser's own idea. */
  readonly maxBitrateBps?: number;
  /** Publish muted. Default false. */
  readonly muted?: boolean;
}

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

  constructor(cid: string, mediaStreamTrack: MediaStreamTrack, origin: LocalTrack["origin"], options: PublishOptions) {
    this.cid = cid;
    this.mediaStreamTrack = mediaStreamTrack;
    this.origin = origin;
    this.options = options;
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
