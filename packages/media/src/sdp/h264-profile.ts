/**
 * What a `profile-level-id` (RFC 6184 §8.1) says about the profile; the level is not looked at, because browsers offer one
 * level and decode others (`level-asymmetry-allowed`).
 */
export type H264Profile = "constrainedBaseline" | "baseline" | "main" | "constrainedHigh" | "high" | "predictiveHigh444";

/** profile_idc, then the profile-iop bits that must be as given (RFC 6184 table 5). First match wins. */
const PATTERNS: readonly {
  readonly idc: number;
  readonly mask: number;
  readonly bits: number;
  readonly profile: H264Profile;
}[] = [
  { idc: 0x42, mask: 0x4f, bits: 0x40, profile: "constrainedBaseline" },
  { idc: 0x4d, mask: 0x8f, bits: 0x80, profile: "constrainedBaseline" },
  { idc: 0x58, mask: 0xcf, bits: 0xc0, profile: "constrainedBaseline" },
  { idc: 0x42, mask: 0x4f, bits: 0x00, profile: "baseline" },
  { idc: 0x58, mask: 0xcf, bits: 0x80, profile: "baseline" },
  { idc: 0x4d, mask: 0xaf, bits: 0x00, profile: "main" },
  { idc: 0x64, mask: 0xff, bits: 0x00, profile: "high" },
  { idc: 0x64, mask: 0xff, bits: 0x0c, profile: "constrainedHigh" },
  { idc: 0xf4, mask: 0xff, bits: 0x00, profile: "predictiveHigh444" },
];

/**
 * What a decoder of each profile can be sent, its own profile first. Baseline counts as constrained baseline: the features
 * that tell them apart (FMO, ASO, redundant slices) are made by no WebRTC encoder, while Chromium labels its constrained
 * baseline streams either way.
 */
const DECODES: Readonly<Record<H264Profile, ReadonlySet<H264Profile>>> = {
  constrainedBaseline: new Set(["constrainedBaseline", "baseline"]),
  baseline: new Set(["baseline", "constrainedBaseline"]),
  main: new Set(["main", "constrainedBaseline", "baseline"]),
  constrainedHigh: new Set(["constrainedHigh", "constrainedBaseline", "baseline"]),
  high: new Set(["high", "constrainedHigh", "main", "constrainedBaseline", "baseline"]),
  predictiveHigh444: new Set(["predictiveHigh444"]),
};

/** Undefined for a profile nobody uses in WebRTC. Without the parameter it is constrained baseline, as browsers take it. */
export function h264Profile(profileLevelId: string | undefined): H264Profile | undefined {
  if (profileLevelId === undefined) return "constrainedBaseline";
  if (!/^[\dA-Fa-f]{6}$/.test(profileLevelId)) return undefined;
  const idc = Number.parseInt(profileLevelId.slice(0, 2), 16);
  const iop = Number.parseInt(profileLevelId.slice(2, 4), 16);
  return PATTERNS.find((pattern) => pattern.idc === idc && (iop & pattern.mask) === pattern.bits)?.profile;
}

export function canDecodeH264(decoder: H264Profile, stream: H264Profile): boolean {
  return DECODES[decoder].has(stream);
}
