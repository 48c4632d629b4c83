import type { Codec } from "@sluice/sdk";

/** What the page's address says. */
export interface PageOptions {
  /** Default `demo`. */
  readonly room: string;
  /** Absent: the page asks for a name. */
  readonly identity: string | undefined;
  /** An access token of `sluice token`; absent: a server in --dev mode is asked for one. */
  readonly token: string | undefined;
  /** Publish a test picture and tone even when there is a camera. */
  readonly synthetic: boolean;
  /** Publish video with this codec only. */
  readonly codec: Codec | undefined;
  /** Join without waiting for the button. */
  readonly autojoin: boolean;
}

const VIDEO_CODECS: readonly Codec[] = ["vp8", "vp9", "h264", "av1"];

export function parsePageOptions(search: string): PageOptions {
  const query = new URLSearchParams(search);
  const text = (name: string) => query.get(name)?.trim() || undefined;
  const codec = text("codec")?.toLowerCase();
  return {
    room: text("room") ?? "demo",
    identity: text("identity"),
    token: text("token"),
    synthetic: text("synthetic") === "1",
    codec: VIDEO_CODECS.find((known) => known === codec),
    autojoin: text("autojoin") === "1",
  };
}

/** The address to give to others: the room, and nothing of ours. */
export function invitationUrl(pageUrl: string, room: string): string {
  const url = new URL(pageUrl);
  url.search = new URLSearchParams({ room }).toString();
  url.hash = "";
  return url.href;
}
