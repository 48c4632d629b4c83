/** Offers of made-up clients, for the tests of this folder. */
import { readFileSync } from "node:fs";
import { Negotiation, type NegotiationOptions } from "../negotiation.js";
import type { PublishedTrack, WantedTrack } from "../negotiation-types.js";

/** A media section: `lines` are attributes after those that every section has. */
export interface OfferTextSection {
  readonly mid: string;
  readonly kind: "audio" | "video" | "application";
  readonly direction: "sendrecv" | "sendonly" | "recvonly" | "inactive";
  /** Names from {@link CODECS}; the usual ones of the kind unless told. */
  readonly codecs?: readonly (keyof typeof CODECS)[];
  readonly lines?: readonly string[];
  /** 9 unless told; 0 is a stopped section. */
  readonly port?: number;
}

/** By payload type in the client's numbering. */
export const CODECS = {
  opus: { payloadType: 111, lines: ["rtpmap:111 opus/48000/2", "fmtp:111 minptime=10;useinbandfec=1"] },
  red: { payloadType: 63, lines: ["rtpmap:63 red/48000/2", "fmtp:63 111/111"] },
  vp8: { payloadType: 96, lines: ["rtpmap:96 VP8/90000", "rtcp-fb:96 transport-cc", "rtcp-fb:96 nack", "rtcp-fb:96 nack pli"] },
  vp8Rtx: { payloadType: 97, lines: ["rtpmap:97 rtx/90000", "fmtp:97 apt=96"] },
  h264: { payloadType: 102, lines: ["rtpmap:102 H264/90000", "fmtp:102 packetization-mode=1;profile-level-id=42e01f"] },
  h264Rtx: { payloadType: 103, lines: ["rtpmap:103 rtx/90000", "fmtp:103 apt=102"] },
  h265: { payloadType: 49, lines: ["rtpmap:49 H265/90000"] },
} as const satisfies Record<string, { payloadType: number; lines: readonly string[] }>;

const CREDENTIALS = ["ice-ufrag:peer", "ice-pwd:peerpeerpeerpeerpeerpeer", `fingerprint:sha-256 ${"CD:".repeat(31)}CD`];
const USUAL = { audio: ["opus"], video: ["vp8", "vp8Rtx", "h264", "h264Rtx"] } as const;

/** `setup` goes into every section; `session` are session-level attributes after the BUNDLE group of all mids. */
export function offerText(
  sections: readonly OfferTextSection[],
  {
    setup = "actpass",
    session = [],
    ufrag = "peer",
    version = 1,
  }: {
    readonly setup?: string;
    readonly session?: readonly string[];
    readonly ufrag?: string;
    readonly version?: number;
  } = {},
): string {
  const attributes = [`group:BUNDLE ${sections.map(({ mid }) => mid).join(" ")}`, ...session].map((line) => `a=${line}`);
  const head = ["v=0", `o=- 1 ${version} IN IP4 127.0.0.1`, "s=-", "t=0 0", ...attributes];
  return `${[...head, ...sections.flatMap((section) => sectionLines(section, setup))].join("\r\n")}\r\n`.replaceAll(
    "a=ice-ufrag:peer\r\n",
    `a=ice-ufrag:${ufrag}\r\n`,
  );
}

function sectionLines({ mid, kind, direction, codecs, lines = [], port = 9 }: OfferTextSection, setup: string): string[] {
  const transport = [...CREDENTIALS, `setup:${setup}`, `mid:${mid}`];
  if (kind === "application") {
    return [
      `m=application ${port} UDP/DTLS/SCTP webrtc-datachannel`,
      ...transport.map((line) => `a=${line}`),
      "a=sctp-port:5000",
    ];
  }
  const offered = (codecs ?? USUAL[kind]).map((name) => CODECS[name]);
  const media = `m=${kind} ${port} UDP/TLS/RTP/SAVPF ${offered.map(({ payloadType }) => payloadType).join(" ")}`;
  const attributes = [...transport, direction, "rtcp-mux", "rtcp-rsize", ...offered.flatMap((codec) => codec.lines), ...lines];
  return [media, ...attributes.map((line) => `a=${line}`)];
}

export const LOCAL: Omit<NegotiationOptions, "randomUint32"> = {
  localIce: { ufrag: "sfuu", pwd: "sfusfusfusfusfusfusfusfu" },
  fingerprint: { algorithm: "sha-256", value: `${"AB:".repeat(31)}AB` },
  candidates: [
    { foundation: "1", priority: 2_130_706_431, family: "IPv4", ip: "192.0.2.7", port: 7882, type: "host" },
    { foundation: "2", priority: 2_130_706_175, family: "IPv6", ip: "2001:db8::7", port: 7882, type: "host" },
  ],
  iceLite: true,
  consumerIdPrefix: "T",
};

/** Its SSRCs count up from 1,000,001. */
export function createNegotiation(options: Partial<NegotiationOptions> = {}): Negotiation {
  let next = 1_000_000;
  return new Negotiation({ ...LOCAL, randomUint32: () => next++, ...options });
}

export function publishedTrack(mid: string, kind: "audio" | "video", name = mid): PublishedTrack {
  return { mid, trackId: `TR_${name}`, producerId: `PR_${name}`, kind };
}

/** Of the participant "PA_other", sent in VP8 as payload type 120 or opus as 109. */
export function wantedTrack(name: string, kind: "audio" | "video"): WantedTrack {
  const codec = { parameters: {}, feedback: [] };
  return {
    trackId: `TR_${name}`,
    producerId: `PR_${name}`,
    participantId: "PA_other",
    kind,
    cname: "other",
    codecs: [
      kind === "video"
        ? { payloadType: 120, name: "VP8", clockRate: 90_000, ...codec }
        : { payloadType: 109, name: "opus", clockRate: 48_000, channels: 2, ...codec },
    ],
  };
}

/** A real client's offer; the folder is shared with the media package's own tests. */
export function fixtureOffer(name: string): string {
  return readFileSync(new URL(`../../../../../media/src/sdp/fixtures/${name}.sdp`, import.meta.url), "utf8");
}
