/**
 * Which codecs Sluice forwards, and which payload type of one peer means the same codec as a payload type of another.
 *
 * Every function is linear in its lists: codecs are compared by an identity that holds all that must agree (name, clock rate,
 * channels, critical fmtp), and there are few identities.
 */
import type { MediaKind, RtpCodec } from "../rtp/rtp-parameters.js";
import { canDecodeH264, type H264Profile, h264Profile } from "./h264-profile.js";

/** The rtcp-fb values this core can serve. */
export const SUPPORTED_FEEDBACK: ReadonlySet<string> = new Set(["nack", "nack pli", "ccm fir", "transport-cc", "goog-remb"]);

/** With rtcp-mux these would be taken for RTCP (RFC 5761 §4). */
const FIRST_RTCP_PAYLOAD_TYPE = 64;
const LAST_RTCP_PAYLOAD_TYPE = 95;

type CodecIdentity =
  | { readonly type: "exact"; readonly kind: MediaKind; readonly key: string }
  | {
      readonly type: "h264";
      readonly kind: "video";
      readonly key: string;
      readonly mode: "0" | "1";
      readonly profile: H264Profile;
    };

/**
 * What is kept of an offered list: supported codecs in the offered order, rtx (RFC 4588) only for a kept codec, red (RFC 2198)
 * only around kept opus, feedback only as far as {@link SUPPORTED_FEEDBACK} goes.
 */
export function supportedCodecs(kind: MediaKind, offered: readonly RtpCodec[]): RtpCodec[] {
  const kept = new Set<number>();
  const opus = new Set<number>();
  for (const codec of offered) {
    const identity = identify(codec);
    if (identity?.kind !== kind) continue;
    kept.add(codec.payloadType);
    if (identity.key === "opus") opus.add(codec.payloadType);
  }
  if (kind === "audio") for (const codec of offered) if (isRedOf(codec, opus)) kept.add(codec.payloadType);
  const retransmitted = new Set<number>();
  for (const codec of offered) {
    const payloadType = retransmittedPayloadType(codec);
    if (payloadType === undefined || !kept.has(payloadType) || retransmitted.has(payloadType)) continue;
    retransmitted.add(payloadType);
    kept.add(codec.payloadType);
  }
  return offered.filter((codec) => kept.has(codec.payloadType)).map(withSupportedFeedback);
}

/**
 * The receiver's payload types for what a sender sends: for each of the sender's codecs, in the sender's order, the
 * receiver's codec that can take it, followed by the receiver's rtx for it. Retransmission is between us and each peer, so the
 * sender's own rtx plays no part. Both lists come from {@link supportedCodecs}.
 */
export function matchCodecs(sent: readonly RtpCodec[], receiver: readonly RtpCodec[]): RtpCodec[] {
  const index = new CodecIndex(receiver);
  const matched = new Map<number, RtpCodec>();
  const keep = (codec: RtpCodec | undefined) => {
    if (codec === undefined || matched.has(codec.payloadType)) return;
    matched.set(codec.payloadType, codec);
    const rtx = index.rtxOf(codec);
    if (rtx !== undefined) matched.set(rtx.payloadType, rtx);
  };
  for (const codec of sent) keep(index.find(codec));
  return [...matched.values()];
}

/** The first codec of a list that carries media itself: what a peer sends unless told otherwise. */
export function primaryCodec(codecs: readonly RtpCodec[]): RtpCodec | undefined {
  return codecs.find((codec) => !isRtx(codec));
}

export function isRtx(codec: RtpCodec): boolean {
  return codec.name.toLowerCase() === "rtx";
}

/**
 * Equal for codecs of which one list needs only one: "vp8", "h264/1/main", "opus", "red". There are about 25 of them; undefined
 * for codecs that Sluice does not forward, and for rtx.
 */
export function codecKey(codec: RtpCodec): string | undefined {
  return codec.name.toLowerCase() === "red" ? "red" : identify(codec)?.key;
}

/** A list of codecs, ready to be asked many times. */
export class CodecIndex {
  readonly #byKey = new Map<string, RtpCodec>();
  readonly #h264: { readonly identity: CodecIdentity & { readonly type: "h264" }; readonly codec: RtpCodec }[] = [];
  readonly #rtx = new Map<number, RtpCodec>();
  readonly #red: RtpCodec | undefined;

  constructor(codecs: readonly RtpCodec[]) {
    for (const codec of codecs) {
      const identity = identify(codec);
      const retransmitted = retransmittedPayloadType(codec);
      if (retransmitted !== undefined && !this.#rtx.has(retransmitted)) this.#rtx.set(retransmitted, codec);
      if (identity === undefined || this.#byKey.has(identity.key)) continue;
      this.#byKey.set(identity.key, codec);
      if (identity.type === "h264") this.#h264.push({ identity, codec });
    }
    const opus = this.#byKey.get("opus");
    this.#red = opus && codecs.find((codec) => isRedOf(codec, new Set([opus.payloadType])));
  }

  /** The codec of this list that takes a stream of `sent`; never an rtx. */
  find(sent: RtpCodec): RtpCodec | undefined {
    if (sent.name.toLowerCase() === "red") return this.#red;
    const wanted = identify(sent);
    if (wanted === undefined) return undefined;
    const exact = this.#byKey.get(wanted.key);
    if (exact !== undefined || wanted.type !== "h264") return exact;
    // Mode 0 (single NAL units) is a subset of mode 1 (RFC 6184 §6.3), not the other way round.
    const takes = ({ mode, profile }: { mode: string; profile: H264Profile }) =>
      (mode === wanted.mode || mode === "1") && canDecodeH264(profile, wanted.profile);
    return this.#h264.find(({ identity }) => takes(identity))?.codec;
  }

  rtxOf(codec: RtpCodec): RtpCodec | undefined {
    return this.#rtx.get(codec.payloadType);
  }
}

/** Undefined: not forwarded by Sluice, or not a codec of its own (rtx, red). */
function identify({ payloadType, name, clockRate, channels = 1, parameters }: RtpCodec): CodecIdentity | undefined {
  if (isRtcpPayloadType(payloadType)) return undefined;
  const lowerName = name.toLowerCase();
  switch (`${lowerName}/${clockRate}/${channels}`) {
    case "opus/48000/2":
    case "pcmu/8000/1":
    case "pcma/8000/1":
      return { type: "exact", kind: "audio", key: lowerName };
    case "vp8/90000/1":
      return { type: "exact", kind: "video", key: lowerName };
    case "vp9/90000/1":
      return videoProfile(lowerName, parameters["profile-id"], ["0", "2"]);
    case "av1/90000/1":
      return videoProfile(lowerName, parameters.profile, ["0", "1", "2"]);
    case "h264/90000/1":
      return identifyH264(parameters["packetization-mode"] ?? "0", h264Profile(parameters["profile-level-id"]));
    default:
      return undefined;
  }
}

function videoProfile(name: string, profile = "0", supported: readonly string[]): CodecIdentity | undefined {
  return supported.includes(profile) ? { type: "exact", kind: "video", key: `${name}/${profile}` } : undefined;
}

function identifyH264(mode: string, profile: H264Profile | undefined): CodecIdentity | undefined {
  if (profile === undefined || (mode !== "0" && mode !== "1")) return undefined;
  return { type: "h264", kind: "video", key: `h264/${mode}/${profile}`, mode, profile };
}

/** The payload type that an rtx codec repairs; undefined when it is no usable rtx. */
function retransmittedPayloadType(codec: RtpCodec): number | undefined {
  const apt = codec.parameters.apt;
  if (!isRtx(codec) || apt === undefined || !/^\d{1,3}$/.test(apt)) return undefined;
  return isRtcpPayloadType(codec.payloadType) ? undefined : Number(apt);
}

/** RFC 2198 §5: "111/111" names the payload types inside, primary first. */
function isRedOf(codec: RtpCodec, opus: ReadonlySet<number>): boolean {
  if (codec.name.toLowerCase() !== "red" || codec.clockRate !== 48_000 || codec.channels !== 2) return false;
  if (isRtcpPayloadType(codec.payloadType)) return false;
  const blocks = codec.parameters[""]?.split("/") ?? [];
  return blocks.length > 0 && blocks.every((block) => /^\d{1,3}$/.test(block) && opus.has(Number(block)));
}

function isRtcpPayloadType(payloadType: number): boolean {
  return payloadType >= FIRST_RTCP_PAYLOAD_TYPE && payloadType <= LAST_RTCP_PAYLOAD_TYPE;
}

function withSupportedFeedback(codec: RtpCodec): RtpCodec {
  return { ...codec, feedback: codec.feedback.filter((value) => SUPPORTED_FEEDBACK.has(value)) };
}
