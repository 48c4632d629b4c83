import type { Fingerprint, IceCandidate, IceCredentials, SrtpProfile } from "@sluice/media";

/** What the load process is told once; its endpoint 0 publishes, the others subscribe. */
export interface LoadOptions {
  readonly path: "native" | "portable";
  readonly endpoints: readonly { readonly local: IceCredentials; readonly remote: IceCredentials }[];
  readonly profile: SrtpProfile;
  readonly workerCandidates: readonly IceCandidate[];
  readonly workerFingerprint: Fingerprint;
  readonly burst: number;
  readonly sizeBytes: number;
  readonly packetsPerSecond: number | "saturated";
}

export type ToLoad =
  | { readonly type: "open"; readonly options: LoadOptions }
  /** Publish and count for `seconds`, then say `done`. */
  | { readonly type: "run"; readonly seconds: number }
  | { readonly type: "exit" };

export type FromLoad =
  | { readonly type: "fingerprint"; readonly fingerprint: Fingerprint }
  | { readonly type: "connected" }
  | {
      readonly type: "done";
      readonly seconds: number;
      readonly sent: number;
      /** All subscribers together. */
      readonly received: number;
      /** From the publisher's send to the first subscriber's receive. */
      readonly delaysUs: Float64Array;
    };
