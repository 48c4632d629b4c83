/**
 * Wall-clock time as RTCP sender reports carry it (RFC 3550 §4): milliseconds since 1900-01-01, as a JS number with a
 * fraction. 64-bit NTP fixed point is its wire form only.
 */
export type NtpTime = number & { readonly __brand: "NtpTime" };

/** Milliseconds between the NTP epoch (1900) and the Unix epoch (1970). */
export const NTP_UNIX_OFFSET_MS = 2_208_988_800_000;

export function ntpFromUnixMs(unixMs: number): NtpTime {
  return (unixMs + NTP_UNIX_OFFSET_MS) as NtpTime;
}

/** Seconds part of the 64-bit fixed point form. */
export function ntpSeconds(time: NtpTime): number {
  return Math.floor(time / 1000) >>> 0;
}

/** Fraction part of the 64-bit fixed point form, in units of 2^-32 s. */
export function ntpFraction(time: NtpTime): number {
  return Math.floor(((time % 1000) / 1000) * 4_294_967_296) >>> 0;
}

/** The time that `seconds` and `fraction` say on the wire. */
export function ntpFromWire(seconds: number, fraction: number): NtpTime {
  return (seconds * 1000 + (fraction / 4_294_967_296) * 1000) as NtpTime;
}

/** The middle 32 bits, as LSR and DLSR use them (RFC 3550 §6.4.1), in units of 2^-16 s. */
export function ntpMiddle(time: NtpTime): number {
  return (((ntpSeconds(time) & 0xffff) << 16) | (ntpFraction(time) >>> 16)) >>> 0;
}
