import { MAX_IDS_PER_REQUEST } from "@sluice/protocol";
import { FieldCursor, WIRE } from "./field-cursor.js";
import { PACKET_FIELDS, type PacketValue, USER_FIELDS, VALUE_FIELDS } from "./packet-fields.js";

/** One packet, bytes. LiveKit's clients send at most 64,000; this is what its server says it takes (`a=max-message-size`). */
export const MAX_PACKET_BYTES = 65_535;

/** What an application has said, of a packet's value `user`. The bytes are parts of the packet, not copies. */
export interface UserContent {
  readonly payload: Uint8Array;
  /** UTF-8, empty: none. */
  readonly topic: Uint8Array;
  /** Participant ids; empty: everybody. */
  readonly destinationIds: readonly string[];
  /** The field's content without what the node says itself: sender and destination identities. */
  readonly kept: readonly Uint8Array[];
}

/** A `livekit.DataPacket` as far as the node has to know it: who it is for and what the node writes itself; all else stays as it came. */
export interface DataPacket {
  /** undefined: none, or one that is newer than this code. */
  readonly value: PacketValue | undefined;
  /** Counts the sender's reliable packets from 1; 0: not counted. */
  readonly sequence: number;
  /** What the sender calls itself; only an agent's is believed. Not a copy. */
  readonly participantIdentity: Uint8Array;
  /** UTF-8, of the packet or, where it has none, of its `user`; empty: everybody. Not copies. */
  readonly destinationIdentities: readonly Uint8Array[];
  /** Of `user` only. */
  readonly user: UserContent | undefined;
  /** The packet's fields, tags included, without those that the node says itself and without `user`; in their order. */
  readonly kept: readonly Uint8Array[];
}

/** Pieces that are left of a packet without what the node says itself: encoders leave a handful, and each one costs as much as 100 bytes. */
const MAX_KEPT_PARTS = 128;

const NONE: Uint8Array = new Uint8Array();
const VALUES: ReadonlyMap<number, PacketValue> = new Map(
  Object.entries(VALUE_FIELDS).map(([name, field]) => [field, name as PacketValue]),
);

/**
 * undefined for what is too long or does not parse, for two values (a decoder takes the last, or merges them: nobody could say what was
 * let through), for more than {@link MAX_IDS_PER_REQUEST} destinations, and for more than {@link MAX_KEPT_PARTS} pieces.
 */
export function parseDataPacket(bytes: Uint8Array): DataPacket | undefined {
  if (bytes.length > MAX_PACKET_BYTES) return undefined;
  const fields = new FieldCursor(bytes, 0, bytes.length);
  const kept = new KeptParts(bytes);
  const destinations: Uint8Array[] = [];
  let value: PacketValue | undefined;
  let sequence = 0;
  let participantIdentity = NONE;
  let user: (UserContent & { readonly destinationIdentities: readonly Uint8Array[] }) | undefined;
  while (fields.next()) {
    const found = VALUES.get(fields.number);
    const expected =
      fields.number === PACKET_FIELDS.kind || fields.number === PACKET_FIELDS.sequence ? WIRE.varint : WIRE.bytes;
    if (isKnown(fields.number, found) && fields.wireType !== expected) return undefined;
    if (found !== undefined) {
      if (value !== undefined) return undefined;
      value = found;
    }
    switch (fields.number) {
      case VALUE_FIELDS.user:
        user = parseUser(bytes, fields.contentStart, fields.end);
        if (user === undefined) return undefined;
        break;
      case PACKET_FIELDS.kind:
      case PACKET_FIELDS.participantSid:
        break;
      case PACKET_FIELDS.participantIdentity:
        participantIdentity = bytes.subarray(fields.contentStart, fields.end);
        break;
      case PACKET_FIELDS.destinationIdentities:
        if (destinations.length >= MAX_IDS_PER_REQUEST) return undefined;
        destinations.push(bytes.subarray(fields.contentStart, fields.end));
        break;
      case PACKET_FIELDS.sequence:
        sequence = fields.value;
        kept.add(fields.start, fields.end);
        break;
      default:
        kept.add(fields.start, fields.end);
    }
  }
  const destinationIdentities = destinations.length > 0 ? destinations : (user?.destinationIdentities ?? []);
  const isTooMany = destinationIdentities.length + (user?.destinationIds.length ?? 0) > MAX_IDS_PER_REQUEST;
  if (fields.isMalformed || isTooMany || kept.areTooMany) return undefined;
  return { value, sequence, participantIdentity, destinationIdentities, user, kept: kept.take() };
}

function parseUser(bytes: Uint8Array, start: number, end: number) {
  const fields = new FieldCursor(bytes, start, end);
  const kept = new KeptParts(bytes);
  const destinationIdentities: Uint8Array[] = [];
  const destinationIds: string[] = [];
  let payload = NONE;
  let topic = NONE;
  while (fields.next()) {
    if (USER_NUMBERS.has(fields.number) && fields.wireType !== WIRE.bytes) return undefined;
    const content = bytes.subarray(fields.contentStart, fields.end);
    switch (fields.number) {
      case USER_FIELDS.participantSid:
      case USER_FIELDS.participantIdentity:
        continue;
      case USER_FIELDS.destinationIdentities:
        if (destinationIdentities.length >= MAX_IDS_PER_REQUEST) return undefined;
        destinationIdentities.push(content);
        continue;
      case USER_FIELDS.destinationSids:
        if (destinationIds.length >= MAX_IDS_PER_REQUEST) return undefined;
        destinationIds.push(toText(content));
        break;
      case USER_FIELDS.payload:
        payload = content;
        break;
      case USER_FIELDS.topic:
        topic = content;
        break;
      default:
    }
    kept.add(fields.start, fields.end);
  }
  return fields.isMalformed || kept.areTooMany
    ? undefined
    : { payload, topic, destinationIds, destinationIdentities, kept: kept.take() };
}

/** Fields of ours that have a wire type of their own. */
function isKnown(field: number, value: PacketValue | undefined): boolean {
  return value !== undefined || PACKET_NUMBERS.has(field);
}

const PACKET_NUMBERS: ReadonlySet<number> = new Set(Object.values(PACKET_FIELDS));
const USER_NUMBERS: ReadonlySet<number> = new Set(Object.values(USER_FIELDS));

/** Bytes that are no UTF-8 become U+FFFD: an identity with it is nobody's. */
export function toText(utf8: Uint8Array): string {
  return Buffer.from(utf8.buffer, utf8.byteOffset, utf8.length).toString("utf8");
}

/** Parts of a message one after the other; what touches is one part. */
class KeptParts {
  readonly #bytes: Uint8Array;
  readonly #parts: Uint8Array[] = [];
  #start = 0;
  #end = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get areTooMany(): boolean {
    return this.#parts.length >= MAX_KEPT_PARTS;
  }

  add(start: number, end: number): void {
    if (this.areTooMany) return;
    if (start !== this.#end) {
      this.#close();
      this.#start = start;
    }
    this.#end = end;
  }

  take(): readonly Uint8Array[] {
    this.#close();
    return this.#parts;
  }

  #close(): void {
    if (this.#end > this.#start) this.#parts.push(this.#bytes.subarray(this.#start, this.#end));
  }
}
