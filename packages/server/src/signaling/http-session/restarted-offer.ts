import type { IceCredentials } from "@sluice/media";
import { SluiceError } from "@sluice/protocol";

const ORIGIN = /^(o=\S+ \d{1,20} )(\d{1,20})(?= )/m;

/**
 * The offer that a client would make now that it restarts ICE: the same session in its next version with other credentials, and no
 * candidates. A WHIP client says only what is new (RFC 9725 §4.3.3), the negotiation takes whole offers.
 *
 * @param sdp an offer that has been read before
 */
export function restartedOffer(sdp: string, { ufrag, pwd }: IceCredentials): string {
  const version = ORIGIN.exec(sdp)?.[2];
  if (version === undefined) throw new SluiceError("internal", "an offer that was read has no o= line");
  return sdp
    .replace(ORIGIN, (_line, head: string) => `${head}${BigInt(version) + 1n}`)
    .replace(/^a=ice-ufrag:[^\r\n]*/gm, () => `a=ice-ufrag:${ufrag}`)
    .replace(/^a=ice-pwd:[^\r\n]*/gm, () => `a=ice-pwd:${pwd}`)
    .replace(/^a=candidate:[^\r\n]*\r?\n/gm, "");
}
