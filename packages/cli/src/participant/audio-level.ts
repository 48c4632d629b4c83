import { EXTENSION_URI, type RtpHeaderExtension } from "@sluice/media";

/** The header extension by which a node learns who speaks (RFC 6464), as we offer it. */
export const AUDIO_LEVEL: RtpHeaderExtension = { id: 1, uri: EXTENSION_URI.audioLevel };

/** RFC 6464 §3. */
const SILENCE = 127;
/** About that of a voice that is well recorded, -dBov. */
const VOICE = 25;
/** A frame of discontinuous transmission has one or two bytes (RFC 6716 §2.1.9); with comfort noise a few more. */
const MAX_SILENT_BYTES = 8;

/**
 * How loud an Opus packet is, 0–127 in -dBov. We decode nothing, so this is a guess by its size: either nobody speaks, or somebody
 * does, always alike. It makes a bot a speaker, which is what rooms with many participants have to be tried with.
 */
export function estimateAudioLevel(sizeBytes: number): number {
  return sizeBytes <= MAX_SILENT_BYTES ? SILENCE : VOICE;
}
