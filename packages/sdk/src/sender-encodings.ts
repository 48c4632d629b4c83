import type { LocalTrack } from "./local-track.js";
import type { VideoEncoding } from "./video-encodings.js";

/** A track's encodings, those switched off that nobody watches. One encoding is on as long as anybody watches any layer of it. */
export function activeEncodings({ plan, wantedLayers }: Pick<LocalTrack, "plan" | "wantedLayers">): VideoEncoding[] {
  if (wantedLayers === undefined) return [...plan.encodings];
  const [first, ...others] = plan.encodings;
  if (first === undefined) return [];
  if (others.length === 0) return [{ ...first, active: wantedLayers.includes(true) }];
  return plan.encodings.map((encoding, index) => ({ ...encoding, active: wantedLayers[index] ?? true }));
}

/**
 * The browser's parameters with our encodings in them. What the browser added stays, and so does the number of encodings: it is
 * fixed when a sender is made.
 */
export function withEncodings<P extends { encodings: RTCRtpEncodingParameters[] }>(
  parameters: P,
  encodings: readonly VideoEncoding[],
): P {
  const merged = parameters.encodings.map((present, index): RTCRtpEncodingParameters => {
    const { maxBitrate: _, maxFramerate: __, ...rest } = present;
    const planned = encodings.find(({ rid }) => rid !== undefined && rid === present.rid) ?? encodings[index] ?? {};
    const { rid: ___, ...settings } = planned;
    return { ...rest, active: true, ...settings };
  });
  return { ...parameters, encodings: merged };
}
