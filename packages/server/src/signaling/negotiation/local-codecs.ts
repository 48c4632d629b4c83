/** The codecs of our own offers, each with the payload type that it has in all of them. */
import { codecKey, type RtpCodec } from "@sluice/media";
import { carriedCodec } from "./section-placement.js";

const VIDEO_FEEDBACK = ["transport-cc", "ccm fir", "nack", "nack pli", "goog-remb"];
/** Audio is sent again as it was: browsers have no RTX for it. */
const AUDIO_FEEDBACK = ["transport-cc", "nack"];

const OPUS: RtpCodec = {
  payloadType: 111,
  name: "opus",
  clockRate: 48_000,
  channels: 2,
  parameters: { minptime: "10", useinbandfec: "1" },
  feedback: AUDIO_FEEDBACK,
};
const RED: RtpCodec = {
  payloadType: 63,
  name: "red",
  clockRate: 48_000,
  channels: 2,
  parameters: { "": `${OPUS.payloadType}/${OPUS.payloadType}` },
  feedback: [],
};

/**
 * One for every {@link codecKey}, because a payload type means the same in all sections of a BUNDLE group (RFC 8843 §9.1): 96 to
 * 127 first, then 35 to 63, which are as dynamic beside rtcp-mux (RFC 5761 §4). A video codec's RTX is the payload type after it.
 */
const CODECS: readonly RtpCodec[] = [
  OPUS,
  { payloadType: 0, name: "PCMU", clockRate: 8_000, parameters: {}, feedback: AUDIO_FEEDBACK },
  { payloadType: 8, name: "PCMA", clockRate: 8_000, parameters: {}, feedback: AUDIO_FEEDBACK },
  video(96, "VP8"),
  video(98, "VP9", { "profile-id": "0" }),
  video(100, "VP9", { "profile-id": "2" }),
  video(35, "AV1", { "level-idx": "5", profile: "0", tier: "0" }),
  video(37, "AV1", { "level-idx": "5", profile: "1", tier: "0" }),
  video(39, "AV1", { "level-idx": "5", profile: "2", tier: "0" }),
  h264(125, "1", "42e01f"),
  h264(108, "0", "42e01f"),
  h264(102, "1", "42001f"),
  h264(104, "0", "42001f"),
  h264(106, "1", "4d001f"),
  h264(112, "0", "4d001f"),
  h264(114, "1", "640c1f"),
  h264(116, "0", "640c1f"),
  h264(123, "1", "64001f"),
  h264(118, "0", "64001f"),
  h264(120, "1", "f4001f"),
  h264(41, "0", "f4001f"),
];

const BY_KEY: ReadonlyMap<string | undefined, RtpCodec> = new Map(CODECS.map((codec) => [codecKey(codec), codec]));

/** Codecs to offer a track in, and {@link codecKey} of the one that the client has to take. */
export interface LocalCodecs {
  readonly key: string;
  readonly codecs: readonly RtpCodec[];
}

/**
 * What a Producer of these codecs is offered as: what it sends, with RTX, and RED where the Producer has it, in its own order.
 * What else the Producer might change to is left out: it would be offered in every section. Undefined: nothing we forward.
 */
export function localCodecs(sent: readonly RtpCodec[], isStereo: boolean): LocalCodecs | undefined {
  const carried = carriedCodec(sent);
  const key = carried && codecKey(carried);
  const codec = BY_KEY.get(key);
  if (carried === undefined || key === undefined || codec === undefined) return undefined;
  if (codec !== OPUS) return { key, codecs: codec.name === "PCMU" || codec.name === "PCMA" ? [codec] : [codec, rtxOf(codec)] };
  // RFC 7587 §7.1: only says what is sent, so it may differ between sections.
  const opus = isStereo ? { ...OPUS, parameters: { ...OPUS.parameters, "sprop-stereo": "1" } } : OPUS;
  const red = sent.findIndex(({ name }) => name.toLowerCase() === "red");
  if (red < 0) return { key, codecs: [opus] };
  return { key, codecs: red < sent.indexOf(carried) ? [RED, opus] : [opus, RED] };
}

function video(payloadType: number, name: string, parameters: Readonly<Record<string, string>> = {}): RtpCodec {
  return { payloadType, name, clockRate: 90_000, parameters, feedback: VIDEO_FEEDBACK };
}

/** At level 3.1, as browsers say; the level is not looked at. */
function h264(payloadType: number, mode: "0" | "1", profileLevelId: string): RtpCodec {
  const parameters = {
    "level-asymmetry-allowed": "1",
    "packetization-mode": mode,
    "profile-level-id": profileLevelId,
  };
  return video(payloadType, "H264", parameters);
}

function rtxOf({ payloadType }: RtpCodec): RtpCodec {
  return {
    payloadType: payloadType + 1,
    name: "rtx",
    clockRate: 90_000,
    parameters: { apt: String(payloadType) },
    feedback: [],
  };
}
