/** RTP header extension that says which frames a receiver needs for which layers (AV1 RTP specification §A). */
const DEPENDENCY_DESCRIPTOR = "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension";

/** RTCRtpHeaderExtensionCapability of webrtc-extensions §5.2. */
export interface HeaderExtension {
  readonly uri: string;
  readonly direction?: RTCRtpTransceiverDirection;
}

/** What webrtc-extensions §5.2 adds to an RTCRtpTransceiver; TypeScript's DOM does not know it, nor does every browser. */
export interface ExtensionNegotiation {
  getHeaderExtensionsToNegotiate?(): readonly HeaderExtension[];
  setHeaderExtensionsToNegotiate?(extensions: readonly HeaderExtension[]): void;
}

/**
 * Has a transceiver for video offer the dependency descriptor. Without it a browser cannot tell the spatial layers of an AV1
 * stream apart, and is sent the lowest alone; yet Chromium offers it unasked only to those who send layers themselves.
 */
export function offerDependencyDescriptor(transceiver: ExtensionNegotiation): void {
  const extensions = transceiver.getHeaderExtensionsToNegotiate?.() ?? [];
  if (!extensions.some(isOff)) return;
  transceiver.setHeaderExtensionsToNegotiate?.(
    extensions.map((extension) => (isOff(extension) ? { ...extension, direction: "sendrecv" } : extension)),
  );
}

function isOff({ uri, direction }: HeaderExtension): boolean {
  return uri === DEPENDENCY_DESCRIPTOR && direction === "stopped";
}
