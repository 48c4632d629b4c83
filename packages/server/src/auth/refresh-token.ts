import { MAX_TOKEN_LENGTH, SluiceError, type TokenClaims } from "@sluice/protocol";
import type { ApiKeys } from "../config/api-keys.js";
import type { Participant } from "../room/participant.js";
import { grantOf } from "../room/permissions.js";
import { createToken } from "./create-token.js";

/** However old the original is, a participant has this long to come back. */
const MIN_TTL_SECONDS = 600;

export interface RefreshTokenOptions {
  readonly keys: ApiKeys;
  /** Of the token with which the participant came. */
  readonly claims: TokenClaims;
  readonly participant: Participant;
  /** Name of the room in which it is now. */
  readonly room: string;
  readonly nowUnixSeconds: number;
}

/**
 * The token for a participant's next connection: what it may do and what it says of itself are as they are now, the rest is its
 * original's, whose key signs it. An admin of the original's room is none of another. Good for as long as the original, and for 10 min at least. Undefined when it would be longer
 * than this node takes: the participant stays with what it has. Throws SluiceError `failedPrecondition` when the key is not
 * this node's any more.
 */
export async function createRefreshToken(options: RefreshTokenOptions): Promise<string | undefined> {
  const { keys, claims, participant, room, nowUnixSeconds } = options;
  const secret = keys.get(claims.iss);
  if (secret === undefined) throw new SluiceError("failedPrecondition", `"${claims.iss}" is not an API key of this node`);
  const { identity, name, metadata, attributes, kind, kindDetails, permissions } = participant;
  const { roomConfig, roomPreset } = claims;
  const granted = grantOf(permissions);
  const token = await createToken({
    key: claims.iss,
    secret,
    identity,
    nowUnixSeconds,
    ttlSeconds: Math.max(MIN_TTL_SECONDS, Math.floor(claims.exp - nowUnixSeconds)),
    name,
    metadata,
    attributes,
    kind,
    kindDetails,
    ...(roomConfig === undefined ? {} : { roomConfig }),
    ...(roomPreset === undefined ? {} : { roomPreset }),
    grant: {
      ...claims.video,
      ...granted,
      roomAdmin: granted.roomAdmin === true && room === claims.video.room,
      room,
      roomJoin: true,
    },
  });
  return token.length > MAX_TOKEN_LENGTH ? undefined : token;
}
