import { SluiceError, type TrackKind } from "@sluice/protocol";
import type { Codec } from "./publish-options.js";

/**
 * What to give to `setCodecPreferences` so that nothing but `codec` is offered: all of its profiles, and retransmission (RFC 4588).
 * @throws SluiceError `unsupported` when the browser cannot send it
 */
export function codecPreferences<C extends { readonly mimeType: string }>(
  kind: TrackKind,
  codec: Codec,
  capabilities: readonly C[],
): C[] {
  const has = (name: string) => (candidate: C) => candidate.mimeType.toLowerCase() === `${kind}/${name}`;
  const wanted = capabilities.filter(has(codec));
  if (wanted.length === 0) throw new SluiceError("unsupported", `this browser cannot send ${codec} as ${kind}`);
  return [...wanted, ...capabilities.filter(has("rtx"))];
}
