import { parseMessage, serializeRequest, serializeResult } from "@sluice/protocol";
import { median, round } from "./summary.js";

const MESSAGES_PER_ROUND = 20_000;
const ROUNDS = 15;

/** Characters of SDP that make the request 1 KiB long. */
const SDP_LENGTH = 900;

export interface JsonRpcResult {
  readonly bench: "jsonrpc";
  readonly requestBytes: number;
  readonly parseUs: number;
  readonly serializeUs: number;
}

/** `npm run bench -- jsonrpc`: a 1 KB request parsed into a typed call, and a 1 KB message serialised. */
export async function benchJsonRpc(): Promise<void> {
  const sdp = "a=rtpmap:96 VP8/90000\r\n".repeat(60).slice(0, SDP_LENGTH);
  const params = { sdp, tracks: [{ mid: "0", trackId: "TR_VC12345678" }] };
  const request = serializeRequest(7, "offer", params);
  const result = { sdp, tracks: [{ mid: "0", trackId: "TR_VC12345678", participantId: "PA_12345678" }] };
  const parseUs: number[] = [];
  const serializeUs: number[] = [];
  let checksum = 0;
  for (let index = 0; index < ROUNDS + 3; index++) {
    const start = performance.now();
    for (let count = 0; count < MESSAGES_PER_ROUND; count++) checksum += parseMessage(request).type.length;
    const middle = performance.now();
    for (let count = 0; count < MESSAGES_PER_ROUND; count++) checksum += serializeResult(count, result).length;
    const end = performance.now();
    // The first rounds warm V8 up and do not count.
    if (index < 3) continue;
    parseUs.push(((middle - start) * 1000) / MESSAGES_PER_ROUND);
    serializeUs.push(((end - middle) * 1000) / MESSAGES_PER_ROUND);
  }
  if (checksum === 0) throw new Error("nothing was parsed");
  const report: JsonRpcResult = {
    bench: "jsonrpc",
    requestBytes: request.length,
    parseUs: round(median(parseUs), 2),
    serializeUs: round(median(serializeUs), 2),
  };
  console.log(JSON.stringify(report));
}
