/** The header extensions of our own offers, each with the id that it has in all of them (RFC 8285 §5). */
import { EXTENSION_URI, type MediaKind, type RtpHeaderExtension } from "@sluice/media";

const FOR_BOTH = [
  { id: 2, uri: EXTENSION_URI.absoluteSendTime },
  { id: 3, uri: EXTENSION_URI.transportWideSequenceNumber },
  { id: 4, uri: EXTENSION_URI.absoluteCaptureTime },
];

export const LOCAL_EXTENSIONS: { readonly [K in MediaKind]: readonly RtpHeaderExtension[] } = {
  audio: [{ id: 1, uri: EXTENSION_URI.audioLevel }, ...FOR_BOTH],
  video: [
    ...FOR_BOTH,
    { id: 5, uri: EXTENSION_URI.videoOrientation },
    { id: 6, uri: EXTENSION_URI.playoutDelay },
    { id: 7, uri: EXTENSION_URI.videoContentType },
    { id: 8, uri: EXTENSION_URI.dependencyDescriptor },
  ],
};
