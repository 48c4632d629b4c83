import { SluiceError } from "./error-code.js";
import { MAX_IDENTITY_LENGTH, MAX_METADATA_LENGTH, MAX_NAME_LENGTH } from "./limits.js";
import { attributes } from "./method-parameters.js";
import { parseRoomConfiguration, type RoomConfiguration } from "./room-configuration.js";
import { bool, fields, finite, InvalidValue, isObject, list, type Parser, text } from "./validation/parser.js";

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
  readonly canSubscribeMetrics?: boolean;
  readonly hidden?: boolean;
  /** It records: not counted, does not keep the room, receives whatever publishers say. */
  readonly recorder?: boolean;
  /** An agent; in tokens for the agents' own socket, a worker. */
  readonly agent?: boolean;
  readonly roomRecord?: boolean;
  readonly ingressAdmin?: boolean;
  /** Where participants may be moved or forwarded to. */
  readonly destinationRoom?: string;
}

export interface TokenClaims {
  /** API key. */
  readonly iss: string;
  /** Participant identity; empty in tokens that are only for the server's API. */
  readonly sub: string;
  /** Unix seconds. */
  readonly exp: number;
  readonly nbf?: number;
  readonly jti?: string;
  readonly name?: string;
  readonly metadata?: string;
  readonly attributes?: Readonly<Record<string, string>>;
  /** One of ParticipantKind; what is none of them counts as standard. */
  readonly kind?: string;
  readonly kindDetails?: readonly string[];
  /** base64 of the SHA-256 of what the token was made for: a webhook's body. */
  readonly sha256?: string;
  /** For the room, when this join creates it. */
  readonly roomConfig?: RoomConfiguration;
  /** Name of a configuration the server has. */
  readonly roomPreset?: string;
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
    canSubscribeMetrics: bool,
    hidden: bool,
    recorder: bool,
    agent: bool,
    roomRecord: bool,
    ingressAdmin: bool,
    destinationRoom: text(0, MAX_NAME_LENGTH),
  },
);

const parseClaims: Parser<TokenClaims> = fields(
  { iss: text(1, 256), sub: text(0, MAX_IDENTITY_LENGTH), exp: finite, video: parseGrant },
  {
    nbf: finite,
    jti: text(0, 256),
    name: text(0, MAX_NAME_LENGTH),
    metadata: text(0, MAX_METADATA_LENGTH),
    attributes,
    kind: text(0, 32),
    kindDetails: list(text(0, 64), 16),
    sha256: text(0, 64),
    roomConfig: parseRoomConfiguration,
    roomPreset: text(0, MAX_NAME_LENGTH),
  },
);

/**
 * The payload of a token whose signature has been verified. `sub` falls back to `jti` as in LiveKit and without that is
 * empty, an absent `video` grants nothing, and null counts as absent (LiveKit's Go types write it so).
 *
 * @throws SluiceError `unauthenticated` when the claims do not have this shape.
 */
export function parseTokenClaims(payload: unknown): TokenClaims {
  if (!isObject(payload)) throw new SluiceError("unauthenticated", "the token's payload is not an object");
  const claims = withoutNulls(payload);
  try {
    return parseClaims({
      ...claims,
      sub: claims.sub ?? claims.jti ?? "",
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
