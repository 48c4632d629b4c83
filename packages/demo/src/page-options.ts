import type { Codec, VideoDefaults } from "@sluice/sdk";

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
  /** How video is published: `codec=vp9`, `simulcast=0`, `scalability=L3T3_KEY`, `degradation=maintain-resolution`. */
  readonly video: VideoDefaults;
  /** Join without waiting for the button. */
  readonly autojoin: boolean;
}

const VIDEO_CODECS: readonly Codec[] = ["vp8", "vp9", "h264", "av1"];

const DEGRADATION_PREFERENCES: readonly RTCDegradationPreference[] = ["balanced", "maintain-framerate", "maintain-resolution"];

export function parsePageOptions(search: string): PageOptions {
  const query = new URLSearchParams(search);
  const text = (name: string) => query.get(name)?.trim() || undefined;
  return {
    room: text("room") ?? "demo",
    identity: text("identity"),
    token: text("token"),
    synthetic: text("synthetic") === "1",
    video: videoDefaults(text),
    autojoin: text("autojoin") === "1",
  };
}

function videoDefaults(text: (name: string) => string | undefined): VideoDefaults {
  const codec = VIDEO_CODECS.find((known) => known === text("codec")?.toLowerCase());
  const simulcast = { "0": false, "1": true }[text("simulcast") ?? ""];
  const scalabilityMode = text("scalability")?.match(/^[LS][1-3]T[1-3]h?(_KEY(_SHIFT)?)?$/)?.[0];
  const degradationPreference = DEGRADATION_PREFERENCES.find((known) => known === text("degradation"));
  return {
    ...(codec && { codec }),
    ...(simulcast === undefined ? {} : { simulcast }),
    ...(scalabilityMode && { scalabilityMode }),
    ...(degradationPreference && { degradationPreference }),
  };
}

/** The address to give to others: the room, and nothing of ours. */
export function invitationUrl(pageUrl: string, room: string): string {
  const url = new URL(pageUrl);
  url.search = new URLSearchParams({ room }).toString();
  url.hash = "";
  return url.href;
}
