import type { TrackSource } from "@sluice/protocol";

/** `vp8`, `vp9`, `h264` and `av1` for video, `opus` for audio. */
export type Codec = "vp8" | "vp9" | "h264" | "av1" | "opus";

export interface PublishOptions {
  /** Default `unknown`. */
  readonly source?: TrackSource;
  /** For people or for your own code. Default: empty. */
  readonly name?: string;
  /** The only codec offered for this track. Default: all the browser has, and the server chooses. */
  readonly codec?: Codec;
  /**
   * No encoding ever exceeds this (W3C `RTCRtpEncodingParameters.maxBitrate`), bit/s. Default for video: what its size needs, 1.7
   * Mbit/s for 1280 × 720; for audio the browser's own idea.
   */
  readonly maxBitrateBps?: number;
  /**
   * Video in several sizes at once (RFC 8853): who shows it small gets it small. Default true; false for `vp9` and `av1`, which
   * have layers within one stream instead.
   */
  readonly simulcast?: boolean;
  /** Layers within each stream, as WebRTC-SVC names them. Default: `L3T3_KEY` for `vp9` and `av1`, `L1T3` for their screens. */
  readonly scalabilityMode?: string;
  /** What gives way when there is not enough of everything (W3C). Default: the browser's own idea. */
  readonly degradationPreference?: RTCDegradationPreference;
  /** Publish muted. Default false. */
  readonly muted?: boolean;
}

/** How videos are published when nothing else is said. */
export type VideoDefaults = Pick<PublishOptions, "codec" | "simulcast" | "scalabilityMode" | "degradationPreference">;
