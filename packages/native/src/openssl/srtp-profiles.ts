import type { DtlsRole, SrtpMasterKey, SrtpProfile } from "@sluice/media";
import { errorFunctions } from "./error-functions.js";
import { assertSuccess } from "./error-queue.js";
import { sslFunctions } from "./ssl-functions.js";

interface ProfileParameters {
  readonly profile: SrtpProfile;
  /** OpenSSL's name for it. */
  readonly opensslName: string;
  /** Number in the IANA "DTLS-SRTP Protection Profiles" registry. */
  readonly id: number;
  readonly keyBytes: number;
  readonly saltBytes: number;
}

/** RFC 5764 §4.1.2 and RFC 7714 §14.2. In our order of preference: speed first, and every browser has the first. */
const PROFILES: readonly ProfileParameters[] = [
  { profile: "AEAD_AES_128_GCM", opensslName: "SRTP_AEAD_AES_128_GCM", id: 7, keyBytes: 16, saltBytes: 12 },
  { profile: "AEAD_AES_256_GCM", opensslName: "SRTP_AEAD_AES_256_GCM", id: 8, keyBytes: 32, saltBytes: 12 },
  { profile: "AES128_CM_HMAC_SHA1_80", opensslName: "SRTP_AES128_CM_SHA1_80", id: 1, keyBytes: 16, saltBytes: 14 },
];

export const DEFAULT_PROFILES: readonly SrtpProfile[] = PROFILES.map(({ profile }) => profile);

/** RFC 5764 §4.2 */
const EXPORTER_LABEL = "EXTRACTOR-dtls_srtp";

/** Offers or accepts `profiles`, best first. */
export function setProfiles(ssl: number, profiles: readonly SrtpProfile[]): void {
  const names = profiles.flatMap((wanted) => PROFILES.filter(({ profile }) => profile === wanted).map((p) => p.opensslName));
  if (names.length === 0) throw new RangeError("at least one SRTP profile is needed");
  // This one answers 0 for success.
  assertSuccess(sslFunctions().SSL_set_tlsext_use_srtp(ssl, names.join(":")) === 0 ? 1 : 0, "SSL_set_tlsext_use_srtp");
}

export interface SrtpKeys {
  readonly profile: SrtpProfile;
  readonly localKey: SrtpMasterKey;
  readonly remoteKey: SrtpMasterKey;
}

function selectedProfile(ssl: number): ProfileParameters | undefined {
  const address = sslFunctions().SSL_get_selected_srtp_profile(ssl);
  if (address === 0) return undefined;
  // struct { const char *name; unsigned long id }
  const struct = Buffer.alloc(16);
  errorFunctions().memcpy(struct, address, struct.length);
  const id = struct.readUInt32LE(8);
  return PROFILES.find((candidate) => candidate.id === id);
}

/** Keys of a finished handshake, cut as RFC 5764 §4.2 says; undefined when the peers agreed on no profile. */
export function exportSrtpKeys(ssl: number, role: DtlsRole): SrtpKeys | undefined {
  const selected = selectedProfile(ssl);
  if (selected === undefined) return undefined;
  const { profile, keyBytes, saltBytes } = selected;
  const material = new Uint8Array(2 * (keyBytes + saltBytes));
  const label = EXPORTER_LABEL;
  const exported = sslFunctions().SSL_export_keying_material(ssl, material, material.length, label, label.length, 0, 0, 0);
  assertSuccess(exported, "SSL_export_keying_material");
  const key = (index: number): SrtpMasterKey => ({
    key: material.slice(index * keyBytes, (index + 1) * keyBytes),
    salt: material.slice(2 * keyBytes + index * saltBytes, 2 * keyBytes + (index + 1) * saltBytes),
  });
  const client = key(0);
  const server = key(1);
  material.fill(0);
  return role === "client"
    ? { profile, localKey: client, remoteKey: server }
    : { profile, localKey: server, remoteKey: client };
}
