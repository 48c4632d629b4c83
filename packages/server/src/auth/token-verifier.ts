import { createSecretKey, type KeyObject } from "node:crypto";
import { MAX_TOKEN_LENGTH, parseTokenClaims, SluiceError, type TokenClaims } from "@sluice/protocol";
import { decodeJwt, errors, jwtVerify } from "jose";
import type { ApiKeys } from "../config/api-keys.js";

/** How far the clocks of whoever signs and this node may be apart, for `exp` and `nbf`. */
export const CLOCK_TOLERANCE_SECONDS = 10;

/** Verifies access tokens in LiveKit's format: a JWT (RFC 7519) signed HS256 with the secret of the API key in `iss`. */
export class TokenVerifier {
  readonly #secrets: ReadonlyMap<string, KeyObject>;

  constructor(keys: ApiKeys) {
    this.#secrets = new Map([...keys].map(([key, secret]) => [key, createSecretKey(Buffer.from(secret, "utf8"))]));
  }

  /**
   * The claims of a token that is valid at `unixMs`.
   *
   * @throws SluiceError `unauthenticated` with a text for the client's author; it never holds the token or a secret.
   */
  async verify(token: string, unixMs: number): Promise<TokenClaims> {
    if (token.length > MAX_TOKEN_LENGTH)
      throw new SluiceError("unauthenticated", `the access token is longer than ${MAX_TOKEN_LENGTH} characters`);
    const secret = this.#secrets.get(issuer(token));
    if (secret === undefined)
      throw new SluiceError("unauthenticated", "the access token's issuer (iss) is not an API key of this node");
    try {
      const { payload } = await jwtVerify(token, secret, {
        // The only algorithm, whatever the header says: no "none", no RS256 with our secret taken for a public key.
        algorithms: ["HS256"],
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        currentDate: new Date(unixMs),
        requiredClaims: ["exp"],
      });
      return parseTokenClaims(payload);
    } catch (error) {
      throw toSluiceError(error);
    }
  }

  /** Whether a token says that it is signed with a key that this node does not have. False for what is no token. */
  namesUnknownKey(token: string): boolean {
    try {
      return !this.#secrets.has(issuer(token));
    } catch (error) {
      if (error instanceof SluiceError) return false;
      throw error;
    }
  }
}

/** Read before the signature is verified, only to know whose secret must verify it. */
function issuer(token: string): string {
  try {
    return decodeJwt(token).iss ?? "";
  } catch (cause) {
    throw new SluiceError("unauthenticated", "the access token is not a JWT", { cause });
  }
}

function toSluiceError(error: unknown): SluiceError {
  if (error instanceof SluiceError) return error;
  if (error instanceof errors.JWTExpired) return new SluiceError("unauthenticated", "the access token has expired");
  if (error instanceof errors.JWTClaimValidationFailed) {
    const text =
      error.claim === "nbf"
        ? "the access token is not valid yet (nbf)"
        : `the access token's claim ${error.claim} is missing or wrong`;
    return new SluiceError("unauthenticated", text);
  }
  if (error instanceof errors.JWSSignatureVerificationFailed) {
    return new SluiceError("unauthenticated", "the access token's signature does not match its API key's secret");
  }
  if (error instanceof errors.JOSEAlgNotAllowed)
    return new SluiceError("unauthenticated", "access tokens must be signed with HS256");
  return new SluiceError("unauthenticated", "the access token is malformed", { cause: error });
}
