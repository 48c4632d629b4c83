import { type IceCredentials, type MediaSection, parseSessionDescription, taggedSection } from "@sluice/media";
import { SluiceError } from "@sluice/protocol";

/** The section that carries the transport, of an offer or answer that has been read before. */
export function transportSection(sdp: string): MediaSection & { readonly ice: IceCredentials } {
  const result = parseSessionDescription(sdp);
  const tagged = result.ok ? taggedSection(result.description) : undefined;
  if (tagged?.ice === undefined) throw new SluiceError("internal", "a session description has no ICE credentials");
  return { ...tagged, ice: tagged.ice };
}
