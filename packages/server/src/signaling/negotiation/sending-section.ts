import type { MediaKind, RtpCodec } from "@sluice/media";
import type { LocalCodecs } from "./local-codecs.js";
import type { SentTrack } from "./negotiation-types.js";

/** A track in a section of our offer, as it is offered. */
export interface OfferedTrack {
  readonly track: Omit<SentTrack, "consumerId">;
  readonly producerId: string;
  readonly cname: string;
  readonly local: LocalCodecs;
  readonly ssrc: number;
  /** Only used when the client takes RTX. */
  readonly rtxSsrc: number | undefined;
  /** Packets may have been sent so, and no more will be: the track needs other SSRCs. */
  readonly isOver: boolean;
}

export type SectionContent =
  /** The client knows that nothing comes here: another track may. */
  | { readonly type: "blank" }
  | { readonly type: "filled"; readonly offered: OfferedTrack }
  /** Its track is gone, which the client has yet to answer. */
  | { readonly type: "emptied" }
  /** The client has rejected it: it keeps its place for good. */
  | { readonly type: "stopped" };

/** One section of media in our offers: its mid, its kind and its place among the others never change. */
export class SendingSection {
  readonly mid: string;
  readonly kind: MediaKind;
  content: SectionContent = { type: "blank" };
  /** The last offered ones: what is inactive names formats too (RFC 8866 §5.14). */
  codecs: readonly RtpCodec[] = [];

  constructor(mid: string, kind: MediaKind) {
    this.mid = mid;
    this.kind = kind;
  }

  fill(offered: OfferedTrack): void {
    this.content = { type: "filled", offered };
    this.codecs = offered.local.codecs;
  }

  /** What was offered is not sent: it is to be offered anew, or no more. */
  end(offered: OfferedTrack): void {
    this.content = { type: "filled", offered: { ...offered, isOver: true } };
  }
}
