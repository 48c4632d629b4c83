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
