/** What the answer says yes to in a section that carries a published track, and how, when the publisher has wishes about it. */
import { isRtx, type RtpCodec } from "@sluice/media";
import type { PublishedTrack } from "./negotiation-types.js";

/** Opus at the highest rate it knows, bit/s (RFC 7587 §6.1): who asks for stereo plays music. */
const STEREO_MAX_AVERAGE_BITRATE_BPS = 510_000;

/**
 * The wished codec first, with its retransmission; no redundancy for who does not want it, and nothing that is not enabled. Otherwise
 * in the offered order.
 */
export function wishedCodecs(codecs: readonly RtpCodec[], track: PublishedTrack): RtpCodec[] {
  const { codec, isRedDisabled = false } = track;
  const enabled = enabledOf(codecs, track);
  const kept = isRedDisabled ? enabled.filter((each) => !isNamed(each, "red")) : enabled;
  if (codec === undefined) return kept;
  const wished = new Set(kept.filter((each) => isNamed(each, codec)).map(({ payloadType }) => payloadType));
  const isFirst = (each: RtpCodec) => wished.has(isRtx(each) ? Number(each.parameters.apt) : each.payloadType);
  return [...kept.filter(isFirst), ...kept.filter((each) => !isFirst(each))];
}

/** As the answer asks to be sent them. The Producer goes by what comes, so these do not concern it. */
export function wishedParameters(codecs: readonly RtpCodec[], track: PublishedTrack): RtpCodec[] {
  const { isDtxEnabled = false, isStereo = false } = track;
  const wished = {
    ...(isDtxEnabled ? { usedtx: "1" } : {}),
    ...(isStereo ? { stereo: "1", maxaveragebitrate: String(STEREO_MAX_AVERAGE_BITRATE_BPS) } : {}),
  };
  return codecs.map((each) => {
    return isNamed(each, "opus") ? { ...each, parameters: { ...each.parameters, ...wished } } : each;
  });
}

function enabledOf(codecs: readonly RtpCodec[], { kind, enabledCodecs }: PublishedTrack): RtpCodec[] {
  if (enabledCodecs === undefined) return [...codecs];
  const mimeTypes = new Set(enabledCodecs.map((each) => each.toLowerCase()));
  const kept = codecs.filter((each) => !isRtx(each) && mimeTypes.has(`${kind}/${each.name}`.toLowerCase()));
  const payloadTypes = new Set(kept.map(({ payloadType }) => String(payloadType)));
  return codecs.filter((each) => (isRtx(each) ? payloadTypes.has(each.parameters.apt ?? "") : kept.includes(each)));
}

function isNamed({ name }: RtpCodec, wanted: string): boolean {
  return name.toLowerCase() === wanted.toLowerCase();
}
