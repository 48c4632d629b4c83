import { SluiceError, type TokenClaims } from "@sluice/protocol";
import type { Grant } from "./grant.js";
import { LongList } from "./long-list.js";
import type { TwirpCode } from "./twirp-code.js";
import {
  parseRequest,
  type RequestType,
  type ResponseMessage,
  serializeResponse,
  type TwirpEncoding,
} from "./twirp-encoding.js";

/** What a method knows of its caller besides the request. */
export interface TwirpCall {
  readonly claims: TokenClaims;
  /** In this time the caller is answered whatever happens, ms. */
  readonly timeoutMs: number;
}

type Answer<O extends ResponseMessage> = O | LongList | TwirpRefusal;

export interface TwirpMethodOptions<I, O extends ResponseMessage> {
  /** A message class of `@livekit/protocol`. */
  readonly request: RequestType<I>;
  readonly grant: Grant<I>;
  /** The request is a message that somebody made up: only its types are right. Throws SluiceError. */
  readonly handle: (request: I, call: TwirpCall) => Answer<O> | Promise<Answer<O>>;
}

/** What only Twirp has a code for, or what says more than a text. */
export class TwirpRefusal {
  readonly code: TwirpCode;
  readonly text: string;
  readonly meta: Readonly<Record<string, string>>;

  constructor(code: TwirpCode, text: string, meta: Readonly<Record<string, string>> = {}) {
    this.code = code;
    this.text = text;
    this.meta = meta;
  }
}

/** One method of a service, from the body of its request to the body of its answer. */
export interface TwirpMethod {
  /** What its token has to grant. */
  readonly grantName: string;
  /** Throws SluiceError; `unauthenticated` without the grant. */
  answer(body: Uint8Array, encoding: TwirpEncoding, call: TwirpCall): Promise<Buffer | TwirpRefusal>;
}

/** By method name. */
export type TwirpService = ReadonlyMap<string, TwirpMethod>;

/** LiveKit's code and words for a token that is good but not for this. */
const NOT_GRANTED = "permissions denied";

export function twirpMethod<I, O extends ResponseMessage>({
  request: type,
  grant,
  handle,
}: TwirpMethodOptions<I, O>): TwirpMethod {
  return {
    grantName: grant.name,
    async answer(body, encoding, call) {
      const request = parseRequest(type, body, encoding);
      if (!grant.allows(call.claims.video, request)) throw new SluiceError("unauthenticated", NOT_GRANTED);
      const answer = await handle(request, call);
      if (answer instanceof TwirpRefusal) return answer;
      return answer instanceof LongList ? answer.serialize(encoding) : serializeResponse(answer, encoding);
    },
  };
}
