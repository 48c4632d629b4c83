import type { IceCredentials } from "@sluice/media";
import { createRandomId, type RandomId } from "../room/random-id.js";

/** The session layer's only source of randomness. */
export interface Entropy {
  readonly randomId: RandomId;
  /** 0 to 2^32 - 1. */
  randomUint32(): number;
  /** RFC 8445 §5.3: at least 24 random bits of ufrag and 128 of pwd; ours have 48 and 144. */
  iceCredentials(): IceCredentials;
}

/** `randomBytes` must be cryptographically strong; a test's may be seeded. */
export function createEntropy(randomBytes: (sizeBytes: number) => Uint8Array): Entropy {
  return {
    randomId: createRandomId(randomBytes),
    randomUint32: () => {
      const bytes = randomBytes(4);
      return new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0);
    },
    iceCredentials: () => ({ ufrag: iceText(randomBytes(6)), pwd: iceText(randomBytes(18)) }),
  };
}

/** Base64 without padding is all ice-char (RFC 8839 §5.4) when there are 3n bytes. */
function iceText(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}
