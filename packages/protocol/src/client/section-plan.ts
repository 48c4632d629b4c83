import type { TrackKind } from "../methods.js";

/** RTCRtpTransceiverDirection of the W3C. */
export type SectionDirection = "sendrecv" | "sendonly" | "recvonly" | "inactive" | "stopped";

/** How many receiving media sections of each kind. */
export type SectionCounts = Readonly<Record<TrackKind, number>>;

/** What a media section is for. It never changes: a section that sent once is used again only to send. */
export interface MediaSection {
  readonly kind: TrackKind;
  readonly role: "sending" | "receiving";
  /** The direction the next offer will have. */
  readonly direction: SectionDirection;
}

/** A server that asks for more than this is broken; a Chromium page is unusable long before. */
export const MAX_RECEIVING_SECTIONS = 500;

/** The kinds of the receiving sections that must be added so that there are `wanted` in total. Sections are never taken away. */
export function planReceivingSections(sections: Iterable<MediaSection>, wanted: SectionCounts): TrackKind[] {
  const have = { audio: 0, video: 0 };
  for (const section of sections) {
    if (section.role === "receiving" && section.direction !== "stopped") have[section.kind] += 1;
  }
  const added: TrackKind[] = [];
  for (const kind of ["audio", "video"] as const) {
    const count = Math.min(wanted[kind], MAX_RECEIVING_SECTIONS);
    for (let index = have[kind]; index < count; index++) added.push(kind);
  }
  return added;
}

/** A section whose track was unpublished and which can send another of this kind, so that the SDP does not grow for ever. */
export function findReusableSection<S extends MediaSection>(sections: Iterable<S>, kind: TrackKind): S | undefined {
  for (const section of sections) {
    if (section.role === "sending" && section.kind === kind && section.direction === "inactive") return section;
  }
  return undefined;
}
