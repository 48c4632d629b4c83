import { randomUUID } from "node:crypto";
import { SluiceError, type VideoGrant } from "@sluice/protocol";
import { SignJWT } from "jose";

export interface TokenOptions {
  readonly key: string;
  readonly secret: string;
  readonly identity: string;
  /** Default 6 h, as LiveKit's SDKs. */
  readonly ttlSeconds?: number;
  readonly name?: string;
  readonly metadata?: string;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly grant: VideoGrant;
}

const DEFAULT_TTL_SECONDS = 6 * 3_600;

/** An access token in LiveKit's format. Throws SluiceError `invalidArgument` when a part that must be there is empty. */
export async function createToken(options: TokenOptions): Promise<string> {
  const { key, secret, identity, ttlSeconds = DEFAULT_TTL_SECONDS, name, metadata, attributes, grant } = options;
  for (const [what, text] of Object.entries({ key, secret, identity })) {
    if (text === "") throw new SluiceError("invalidArgument", `a token without ${what} is no token`);
  }
  if (!(ttlSeconds > 0)) throw new SluiceError("invalidArgument", "a token's time to live must be positive");
  // JSON leaves out what is undefined.
  return new SignJWT({ name, metadata, attributes, video: grant })
    .setProtectedHeader({ alg: "HS256", typ: "JWT" })
    .setIssuer(key)
    .setSubject(identity)
    .setJti(randomUUID())
    .setNotBefore("0s")
    .setExpirationTime(`${ttlSeconds}s`)
    .sign(new TextEncoder().encode(secret));
}
