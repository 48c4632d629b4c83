import { serializeParameter, visitParameters } from "./type-length-value.js";

/** Parameter types (RFC 6525 §4). */
const PARAMETER = { outgoingReset: 13, incomingReset: 14, response: 16 } as const;

/** Results of a response (RFC 6525 §4.4). */
export const RESET_RESULT = {
  nothingToDo: 0,
  performed: 1,
  denied: 2,
  wrongSsn: 3,
  alreadyInProgress: 4,
  badSequenceNumber: 5,
  inProgress: 6,
} as const;

export type ReConfigParameter =
  /** The sender resets its streams once everything up to `lastTsn` has arrived; no ids: all of them. */
  | {
      readonly type: "outgoingReset";
      readonly sequenceNumber: number;
      readonly responseSequenceNumber: number;
      readonly lastTsn: number;
      readonly streamIds: readonly number[];
    }
  /** The sender asks us to reset ours. */
  | { readonly type: "incomingReset"; readonly sequenceNumber: number; readonly streamIds: readonly number[] }
  | { readonly type: "response"; readonly sequenceNumber: number; readonly result: number }
  /** SSN/TSN reset, added streams: refused. */
  | { readonly type: "other"; readonly sequenceNumber: number };

/** Reads the parameters of the chunk `view[start, end)`; at most two are allowed (RFC 6525 §3.1). */
export function parseReConfig(view: DataView, start: number, end: number): ReConfigParameter[] | undefined {
  const parameters: ReConfigParameter[] = [];
  let isWhole = true;
  const hasRoom = visitParameters(view, start, end, (type, valueStart, valueEnd) => {
    const parameter = parseParameter(view, type, valueStart, valueEnd);
    if (parameter === undefined) isWhole = false;
    else parameters.push(parameter);
    return isWhole;
  });
  return hasRoom && isWhole && parameters.length > 0 && parameters.length <= 2 ? parameters : undefined;
}

function parseParameter(view: DataView, type: number, start: number, end: number): ReConfigParameter | undefined {
  if (end - start < 4) return undefined;
  const sequenceNumber = view.getUint32(start);
  switch (type) {
    case PARAMETER.outgoingReset: {
      if (end - start < 12) return undefined;
      const responseSequenceNumber = view.getUint32(start + 4);
      const lastTsn = view.getUint32(start + 8);
      const streamIds = readStreamIds(view, start + 12, end);
      return { type: "outgoingReset", sequenceNumber, responseSequenceNumber, lastTsn, streamIds };
    }
    case PARAMETER.incomingReset:
      return { type: "incomingReset", sequenceNumber, streamIds: readStreamIds(view, start + 4, end) };
    case PARAMETER.response:
      if (end - start < 8) return undefined;
      return { type: "response", sequenceNumber, result: view.getUint32(start + 4) };
    default:
      return { type: "other", sequenceNumber };
  }
}

function readStreamIds(view: DataView, start: number, end: number): number[] {
  const streamIds: number[] = [];
  for (let offset = start; offset + 2 <= end; offset += 2) streamIds.push(view.getUint16(offset));
  return streamIds;
}

/** One parameter, to be put into a RE-CONFIG chunk. */
export function serializeReConfigParameter(parameter: Exclude<ReConfigParameter, { readonly type: "other" }>): Uint8Array {
  const words = [parameter.sequenceNumber];
  if (parameter.type === "outgoingReset") words.push(parameter.responseSequenceNumber, parameter.lastTsn);
  else if (parameter.type === "response") words.push(parameter.result);
  const streamIds = parameter.type === "response" ? [] : parameter.streamIds;
  const value = new Uint8Array(4 * words.length + 2 * streamIds.length);
  const view = new DataView(value.buffer);
  for (const [index, word] of words.entries()) view.setUint32(4 * index, word);
  for (const [index, streamId] of streamIds.entries()) view.setUint16(4 * words.length + 2 * index, streamId);
  return serializeParameter(PARAMETER[parameter.type], value);
}
