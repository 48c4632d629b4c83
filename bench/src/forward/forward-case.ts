import type { SrtpProfile } from "@sluice/media";

/** One line of the forwarding table. */
export interface ForwardCase {
  readonly path: "native" | "portable";
  readonly subscribers: number;
  /** Packets per burst; 1 is evenly paced. */
  readonly burst: number;
  /** RTP packet on the wire without the SRTP tag, bytes. */
  readonly sizeBytes: number;
  readonly profile: SrtpProfile;
  /** Packets a second from the publisher; "saturated" sends as fast as one worker forwards. */
  readonly packetsPerSecond: number | "saturated";
}

/** What was measured of a case. */
export interface ForwardResult extends Omit<ForwardCase, "packetsPerSecond"> {
  readonly bench: "forward";
  readonly load: "paced" | "saturated";
  readonly cpuUsPerForwardedPacket: number;
  /** Forwarded, all subscribers together. */
  readonly packetsPerSecond: number;
  readonly deliveredPercent: number;
  /** From the publisher's send call to the first subscriber's receive call. */
  readonly delayP50Us: number;
  readonly delayP99Us: number;
  /** Of it the worker's part, at most: from when the kernel received a datagram to when it was handed what the datagram caused. */
  readonly workerDelayP50Us: number;
  readonly workerDelayP99Us: number;
  /** JavaScript heap of the worker, by its garbage collector's own account. */
  readonly allocatedBytesPerPacket: number;
  /** Datagrams that the kernel dropped because a socket was full: of the worker, and of the load. */
  readonly workerDrops: number;
  readonly loadDrops: number;
  /** Garbage collections of the worker while it was measured, and the longest pause of one. */
  readonly gcPauses: number;
  readonly gcPauseMostMs: number;
}

const GCM = "AEAD_AES_128_GCM";
const CM = "AES128_CM_HMAC_SHA1_80";

/** Forwarded packets a second in the paced cases, about: a quarter to a half of what one worker can do. */
const PACED_FORWARDED = { native: 100_000, portable: 30_000 } as const;

/** The whole table. */
export function forwardCases(): readonly ForwardCase[] {
  const cases: ForwardCase[] = [];
  for (const path of ["native", "portable"] as const) {
    for (const subscribers of [10, 50, 100]) {
      for (const burst of [1, 5]) {
        for (const sizeBytes of [1200, 160]) {
          for (const profile of [GCM, CM] as const) cases.push(pacedCase(path, subscribers, burst, sizeBytes, profile));
        }
      }
    }
    cases.push(saturatedCase(path));
  }
  return cases;
}

/** The cases that README quotes. */
export function quickForwardCases(): readonly ForwardCase[] {
  return [
    pacedCase("native", 10, 5, 1200, GCM),
    pacedCase("native", 50, 5, 1200, GCM),
    pacedCase("native", 100, 5, 1200, GCM),
    pacedCase("native", 50, 1, 1200, GCM),
    saturatedCase("native"),
    pacedCase("portable", 50, 5, 1200, GCM),
    saturatedCase("portable"),
  ];
}

export function pacedCase(
  path: ForwardCase["path"],
  subscribers: number,
  burst: number,
  sizeBytes: number,
  profile: SrtpProfile,
): ForwardCase {
  const packetsPerSecond = Math.round(PACED_FORWARDED[path] / subscribers);
  return { path, subscribers, burst, sizeBytes, profile, packetsPerSecond };
}

export function saturatedCase(path: ForwardCase["path"]): ForwardCase {
  return { path, subscribers: 50, burst: 8, sizeBytes: 1200, profile: GCM, packetsPerSecond: "saturated" };
}
