import { parseSessionDescription } from "@sluice/media";

type Parsed = ReturnType<typeof parseSessionDescription>;

let last: { readonly sdp: string; readonly parsed: Parsed } | undefined;

/**
 * `parseSessionDescription` for an offer, which its door, its room and its negotiation read one after the other: the last one is parsed
 * once. It is data that nobody changes, so it makes no difference but in time.
 */
export function parseOfferOnce(sdp: string): Parsed {
  if (last?.sdp !== sdp) last = { sdp, parsed: parseSessionDescription(sdp) };
  return last.parsed;
}
