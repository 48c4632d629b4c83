/** `a=rid` (RFC 8851) and `a=simulcast` (RFC 8853). */
import { parsePayloadType } from "./codec-attributes.js";
import { MAX_CODECS_PER_SECTION, MAX_RID_BYTES, MAX_RIDS_PER_SECTION } from "./sdp-limits.js";
import { SdpSyntaxError, splitOnce } from "./sdp-syntax.js";
import type { RidAttribute, Simulcast, SimulcastRid } from "./session-description.js";

export function parseRid(value: string): RidAttribute {
  const [rid = "", direction, text = ""] = value.split(" ", 3);
  if (!isRid(rid) || (direction !== "send" && direction !== "recv")) throw new SdpSyntaxError("malformed rid");
  const restrictions: string[] = [];
  let payloadTypes: number[] | undefined;
  for (const part of text.split(";")) {
    if (part.startsWith("pt=")) {
      const formats = part.slice(3).split(",");
      if (formats.length > MAX_CODECS_PER_SECTION) throw new SdpSyntaxError("malformed rid");
      payloadTypes = formats.map((format) => parsePayloadType(format, "rid"));
    } else if (part !== "") restrictions.push(part);
  }
  return { rid, direction, ...(payloadTypes === undefined ? {} : { payloadTypes }), restrictions: restrictions.join(";") };
}

export function serializeRid({ rid, direction, payloadTypes, restrictions }: RidAttribute): string {
  const parts = [
    ...(payloadTypes === undefined ? [] : [`pt=${payloadTypes.join(",")}`]),
    ...(restrictions === "" ? [] : [restrictions]),
  ];
  return `rid:${rid} ${direction}${parts.length === 0 ? "" : ` ${parts.join(";")}`}`;
}

export function parseSimulcast(value: string): Simulcast {
  const parts = value.trim().split(" ");
  const streams: { send?: SimulcastRid[][]; recv?: SimulcastRid[][] } = {};
  for (let index = 0; index < parts.length; index += 2) {
    const direction = parts[index];
    const list = parts[index + 1];
    if ((direction !== "send" && direction !== "recv") || list === undefined || streams[direction] !== undefined) {
      throw new SdpSyntaxError("malformed simulcast");
    }
    streams[direction] = parseStreams(list);
  }
  return { send: streams.send ?? [], recv: streams.recv ?? [] };
}

export function serializeSimulcast({ send, recv }: Simulcast): string {
  const parts = [...serializeStreams("send", send), ...serializeStreams("recv", recv)];
  return `simulcast:${parts.join(" ")}`;
}

function parseStreams(list: string): SimulcastRid[][] {
  const streams: SimulcastRid[][] = [];
  let rids = 0;
  for (const stream of list.split(";")) {
    const alternatives: SimulcastRid[] = [];
    for (const alternative of stream.split(",")) {
      const [empty, paused] = splitOnce(alternative, "~");
      const isPaused = empty === "" && paused !== undefined;
      const rid = isPaused ? paused : alternative;
      rids += 1;
      if (!isRid(rid)) throw new SdpSyntaxError("malformed simulcast");
      if (rids > MAX_RIDS_PER_SECTION) throw new SdpSyntaxError(`more than ${MAX_RIDS_PER_SECTION} rids in one section`);
      alternatives.push({ rid, isPaused });
    }
    streams.push(alternatives);
  }
  return streams;
}

function serializeStreams(direction: "send" | "recv", streams: Simulcast["send"]): string[] {
  if (streams.length === 0) return [];
  const text = (alternatives: readonly SimulcastRid[]) =>
    alternatives.map(({ rid, isPaused }) => (isPaused ? `~${rid}` : rid)).join(",");
  return [direction, streams.map(text).join(";")];
}

function isRid(rid: string): boolean {
  return rid.length <= MAX_RID_BYTES && /^[\w-]+$/.test(rid);
}
