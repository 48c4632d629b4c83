/** Connections that we offer, for the tests of this folder. */
import type { MediaSection } from "@sluice/media";
import { readSdp } from "../../../testing/peer-answer.js";
import { OfferingNegotiation, type OfferingOptions } from "../offering-negotiation.js";
import { LOCAL } from "./offer-text.js";

/** Its offers count up from 1, its SSRCs from 1,000,001. */
export function createOffering(options: Partial<OfferingOptions> = {}): OfferingNegotiation {
  let nextUint32 = 1_000_000;
  let nextOfferId = 1;
  return new OfferingNegotiation({
    ...LOCAL,
    randomUint32: () => nextUint32++,
    nextOfferId: () => nextOfferId++,
    ...options,
  });
}

export function sectionsOf(sdp: string): readonly MediaSection[] {
  return readSdp(sdp).sections;
}

/** "audio 1 sendonly TR_a" of each section. */
export function describeSections(sdp: string): string[] {
  return sectionsOf(sdp).map(({ kind, mid, port, direction, msids }) => {
    const state = port === 0 ? "stopped" : direction;
    return [kind, mid, state, ...(msids[0]?.trackId === undefined ? [] : [msids[0].trackId])].join(" ");
  });
}
