import { SluiceError } from "./error-code.js";
import {
  MAX_ATTRIBUTE_NAME_LENGTH,
  MAX_ATTRIBUTE_VALUE_LENGTH,
  MAX_ATTRIBUTES,
  MAX_IDENTITY_LENGTH,
  MAX_METADATA_LENGTH,
  MAX_NAME_LENGTH,
} from "./limits.js";
import { bool, fields, finite, InvalidValue, isObject, list, type Parser, text, textMap } from "./validation/parser.js";

/** An access token in LiveKit's format: a JWT, HS256, whose `iss` is the API key and whose secret signs it. */
export interface VideoGrant {
  readonly room?: string;
  readonly roomJoin?: boolean;
  readonly roomCreate?: boolean;
  readonly roomList?: boolean;
  readonly roomAdmin?: boolean;
  /** Absent means true, as in LiveKit. */
  readonly canPublish?: boolean;
  readonly canSubscribe?: boolean;
  readonly canPublishData?: boolean;
  /** Absent or empty: every source. Names as LiveKit spells them: camera, microphone, screen_share, screen_share_audio. */
  readonly canPublishSources?: readonly string[];
  readonly canUpdateOwnMetadata?: boolean;
  readonly hidden?: boolean;
}

export interface TokenClaims {
  /** API key. */
  readonly iss: string;
  /** Participant identity. */
  readonly sub: string;
  /** Unix seconds. */
  readonly exp: number;
  readonly nbf?: number;
  readonly jti?: string;
  readonly name?: string;
  readonly metadata?: string;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly video: VideoGrant;
}

const parseGrant: Parser<VideoGrant> = fields(
  {},
  {
    room: text(0, MAX_NAME_LENGTH),
    roomJoin: bool,
    roomCreate: bool,
    roomList: bool,
    roomAdmin: bool,
    canPublish: bool,
    canSubscribe: bool,
    canPublishData: bool,
    canPublishSources: list(text(1, 64), 16),
    canUpdateOwnMetadata: bool,
    hidden: bool,
  },
);

const parseClaims: Parser<TokenClaims> = fields(
  { iss: text(1, 256), sub: text(1, MAX_IDENTITY_LENGTH), exp: finite, video: parseGrant },
  {
    nbf: finite,
    jti: text(0, 256),
    name: text(0, MAX_NAME_LENGTH),
    metadata: text(0, MAX_METADATA_LENGTH),
    attributes: textMap(MAX_ATTRIBUTES, MAX_ATTRIBUTE_NAME_LENGTH, MAX_ATTRIBUTE_VALUE_LENGTH),
  },
);

/**
 * The payload of a token whose signature has been verified. `sub` falls back to `jti` as in LiveKit, an absent `video` grants
 * nothing, and null counts as absent (LiveKit's Go types write it so).
 *
 * @throws SluiceError `unauthenticated` when the claims do not have this shape.
 */
export function parseTokenClaims(payload: unknown): TokenClaims {
  if (!isObject(payload)) throw new SluiceError("unauthenticated", "the token's payload is not an object");
  const claims = withoutNulls(payload);
  try {
    return parseClaims({
      ...claims,
      sub: claims.sub ?? claims.jti,
      video: isObject(claims.video) ? withoutNulls(claims.video) : (claims.video ?? {}),
    });
  } catch (error) {
    if (!(error instanceof InvalidValue)) throw error;
    throw new SluiceError("unauthenticated", `the token's claim ${error.path}: ${error.message}`);
  }
}

function withoutNulls(value: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== null));
}
