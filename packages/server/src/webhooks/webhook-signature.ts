import { createHash } from "node:crypto";
import { SignJWT } from "jose";

/** How long a receiver may take to look at it, and its clock may be late, s. */
const VALIDITY_SECONDS = 300;

/** The value of a webhook's header Authorization: a JWT that holds the base64 of the body's SHA-256. LiveKit writes no "Bearer". */
export function signWebhook(apiKey: string, secret: string, body: string, unixMs: number): Promise<string> {
  return new SignJWT({ sha256: createHash("sha256").update(body).digest("base64") })
    .setProtectedHeader({ alg: "HS256", typ: "JWT" })
    .setIssuer(apiKey)
    .setExpirationTime(Math.floor(unixMs / 1000) + VALIDITY_SECONDS)
    .sign(new TextEncoder().encode(secret));
}
