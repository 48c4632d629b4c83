import { SluiceError } from "@sluice/protocol";

/** API key to secret. */
export type ApiKeys = ReadonlyMap<string, string>;

/** LiveKit's, so that its examples work unchanged. Only with `dev`. */
export const DEV_KEY = "devkey";
export const DEV_SECRET = "secret";

/** A shorter secret can be guessed from one token; HS256 asks for as many bytes as its hash (RFC 7518 §3.2). */
export const RECOMMENDED_SECRET_BYTES = 32;

/** Takes "key: secret", several of them separated by commas or new lines, a list of such texts, or a map. */
export function parseApiKeys(value: unknown): ApiKeys {
  const keys = new Map<string, string>();
  for (const [key, secret] of pairs(value)) {
    if (key === "" || secret === "") throw malformed();
    keys.set(key, secret);
  }
  return keys;
}

function pairs(value: unknown): [string, string][] {
  if (Array.isArray(value)) return value.flatMap(pairs);
  if (typeof value === "string") {
    return value
      .split(/[\n,]/)
      .filter((entry) => entry.trim() !== "")
      .map((entry) => {
        const colon = entry.indexOf(":");
        if (colon < 0) throw malformed();
        return [entry.slice(0, colon).trim(), entry.slice(colon + 1).trim()];
      });
  }
  if (typeof value === "object" && value !== null) {
    return Object.entries(value).map(([key, secret]) => {
      if (typeof secret !== "string") throw malformed();
      return [key, secret];
    });
  }
  throw malformed();
}

/** The text must not carry the value: it is a secret. */
function malformed(): SluiceError {
  return new SluiceError("invalidArgument", 'keys: expected "key: secret", with several separated by commas');
}

/**
 * Refuses LiveKit's published development key outside `dev`: everybody knows it. Returns what is worth a warning.
 *
 * @throws SluiceError `failedPrecondition`, one line that says what to do.
 */
export function checkApiKeys(keys: ApiKeys, isDev: boolean): readonly string[] {
  if (isDev) return [];
  if (keys.size === 0) {
    throw new SluiceError(
      "failedPrecondition",
      'no API key: pass --keys "key: secret" (or SLUICE_KEYS), or --dev to try it out',
    );
  }
  const warnings: string[] = [];
  for (const [key, secret] of keys) {
    if (key === DEV_KEY || secret === DEV_SECRET) {
      throw new SluiceError(
        "failedPrecondition",
        `the development key "${DEV_KEY}" is public knowledge: pass your own with --keys "key: secret", or --dev to try it out`,
      );
    }
    if (new TextEncoder().encode(secret).length < RECOMMENDED_SECRET_BYTES) {
      warnings.push(
        `the secret of API key "${key}" is shorter than ${RECOMMENDED_SECRET_BYTES} bytes: take a longer random one`,
      );
    }
  }
  return warnings;
}
