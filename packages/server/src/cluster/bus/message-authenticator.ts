import { createHmac, hkdfSync, timingSafeEqual } from "node:crypto";
import { SluiceError } from "@sluice/protocol";
import { BUS_LIMITS } from "./bus-limits.js";

/** HMAC-SHA-256-128 (RFC 4868 §2.1.1): half of the hash, as long as nobody can guess it. */
export const TAG_BYTES = 16;

/**
 * Proves to nodes that a message is of a node that has the same secret. The first secret signs and all of them verify, so a new one is
 * brought in by giving it to every node as the second, then as the first.
 */
export class MessageAuthenticator {
  readonly #keys: readonly Uint8Array[];

  /** `SluiceError` `invalidArgument`: no secret, too many, or one below `BUS_LIMITS.minSecretBytes` bytes. */
  constructor(secrets: readonly string[]) {
    if (secrets.length === 0 || secrets.length > BUS_LIMITS.maxSecrets) {
      throw new SluiceError("invalidArgument", `a cluster has 1 to ${BUS_LIMITS.maxSecrets} secrets at a time`);
    }
    if (secrets.some((secret) => Buffer.byteLength(secret) < BUS_LIMITS.minSecretBytes)) {
      throw new SluiceError("invalidArgument", `a cluster's secret has at least ${BUS_LIMITS.minSecretBytes} bytes`);
    }
    // A key of its own for each use of the secret (RFC 5869 §3.2): what is signed here is good nowhere else.
    this.#keys = secrets.map((secret) => new Uint8Array(hkdfSync("sha256", secret, "", "sluice bus message v1", 32)));
  }

  /** The tag of `bytes`. */
  sign(bytes: Uint8Array): Uint8Array {
    return tagOf(this.#keys[0] as Uint8Array, bytes);
  }

  verify(bytes: Uint8Array, tag: Uint8Array): boolean {
    return tag.length === TAG_BYTES && this.#keys.some((key) => timingSafeEqual(tagOf(key, bytes), tag));
  }
}

function tagOf(key: Uint8Array, bytes: Uint8Array): Uint8Array {
  return createHmac("sha256", key).update(bytes).digest().subarray(0, TAG_BYTES);
}
