import { OK } from "../../telemetry/request-meter.js";
import { TWIRP_STATUS, type TwirpCode } from "./twirp-code.js";
import { CONTENT_TYPES, type TwirpEncoding } from "./twirp-encoding.js";

/** What goes back to the caller. */
export interface HttpAnswer {
  readonly status: number;
  /** What became of the call, for who counts them: "ok", a Twirp code, or the status of what did not come as far. */
  readonly outcome: string;
  /** Exactly: LiveKit's SDKs look at an error's body only when it is "application/json" without a charset. */
  readonly contentType: string;
  readonly body: Buffer;
  /** The rest of what the caller sends is not read. */
  readonly closesConnection?: boolean;
}

export function messageAnswer(body: Buffer, encoding: TwirpEncoding): HttpAnswer {
  return { status: 200, outcome: OK, contentType: CONTENT_TYPES[encoding], body };
}

/** Twirp's errors are JSON, whatever the request was. */
export function errorAnswer(code: TwirpCode, text: string, meta: Readonly<Record<string, string>> = {}): HttpAnswer {
  const body = Buffer.from(JSON.stringify({ code, msg: text, meta }), "utf8");
  return { status: TWIRP_STATUS[code], outcome: code, contentType: CONTENT_TYPES.json, body };
}

/** What is refused before it has come as far as Twirp. */
export function textAnswer(status: number, text: string): HttpAnswer {
  return { status, outcome: String(status), contentType: "text/plain; charset=utf-8", body: Buffer.from(text, "utf8") };
}
