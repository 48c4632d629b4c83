import { randomUUID } from "node:crypto";
import { type ParticipantKind, type RoomConfiguration, SluiceError, type VideoGrant } from "@sluice/protocol";
import { SignJWT } from "jose";

export interface TokenOptions {
  readonly key: string;
  readonly secret: string;
  readonly identity: string;
  /** Default 6 h, as LiveKit's SDKs. */
  readonly ttlSeconds?: number;
  /** Unix time, s. Default: the system's. */
  readonly nowUnixSeconds?: number;
  readonly name?: string;
  readonly metadata?: string;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly kind?: ParticipantKind;
  readonly kindDetails?: readonly string[];
  /** For the room, when the join creates it. */
  readonly roomConfig?: RoomConfiguration;
  /** The same by the name that the server has for it. */
  readonly roomPreset?: string;
  /** base64 of the SHA-256 of what the token is for. */
  readonly sha256?: string;
  readonly grant: VideoGrant;
}

const DEFAULT_TTL_SECONDS = 6 * 3_600;

/** An access token in LiveKit's format. Throws SluiceError `invalidArgument` when a part that must be there is empty. */
export async function createToken(options: TokenOptions): Promise<string> {
  const {
    key,
    secret,
    identity,
    ttlSeconds = DEFAULT_TTL_SECONDS,
    grant,
    nowUnixSeconds = Date.now() / 1000,
    ...claims
  } = options;
  for (const [what, text] of Object.entries({ key, secret, identity })) {
    if (text === "") throw new SluiceError("invalidArgument", `a token without ${what} is no token`);
  }
  if (!(ttlSeconds > 0)) throw new SluiceError("invalidArgument", "a token's time to live must be positive");
  const now = Math.floor(nowUnixSeconds);
  // JSON leaves out what is undefined.
  return new SignJWT({ ...claims, video: grant })
    .setProtectedHeader({ alg: "HS256", typ: "JWT" })
    .setIssuer(key)
    .setSubject(identity)
    .setJti(randomUUID())
    .setNotBefore(now)
    .setExpirationTime(now + Math.ceil(ttlSeconds))
    .sign(new TextEncoder().encode(secret));
}
