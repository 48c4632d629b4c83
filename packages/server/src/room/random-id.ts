/** Makes `prefix` + 12 characters that nobody can guess. An argument everywhere, so that tests know the ids. */
export type RandomId = (
  prefix: "RM_" | "PA_" | "PI_" | "TR_" | "TP_" | "PR_" | "EV_" | "ND_" | "AW_" | "AD_" | "AJ_" | "RC_",
) => string;

const ALPHABET = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/** 12 characters of 59: 70 bits. `randomBytes` must be cryptographically strong. */
export function createRandomId(randomBytes: (sizeBytes: number) => Uint8Array): RandomId {
  return (prefix) => {
    let id: string = prefix;
    while (id.length < prefix.length + 12) {
      for (const byte of randomBytes(16)) {
        // Refusing the top of the range keeps every character equally likely.
        if (byte < 4 * ALPHABET.length && id.length < prefix.length + 12) id += ALPHABET[byte % ALPHABET.length];
      }
    }
    return id;
  };
}
