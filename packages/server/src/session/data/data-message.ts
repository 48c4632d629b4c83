import { MAX_TOPIC_LENGTH, serializeDataMessage } from "@sluice/protocol";
import type { DataFormat } from "../join-parameters.js";

/** A message as our own door says it. */
export interface PlainMessage {
  /** Participant id, or the room's: the server's API, or who is hidden. */
  readonly from: string;
  readonly topic: string;
  readonly payload: Uint8Array;
}

export interface DataMessageOptions {
  readonly isReliable: boolean;
  /** undefined: it means nothing to our own door. */
  readonly plain: PlainMessage | undefined;
  /** A LiveKit DataPacket; undefined: none can hold it. Called once, when the first receiver needs it. */
  readonly createPacket: () => Uint8Array | undefined;
}

/** One message on its way to its receivers, in each form that they need: made once, however many they are. */
export class DataMessage {
  readonly isReliable: boolean;
  /** undefined: our own door cannot say it. */
  readonly plain: PlainMessage | undefined;
  readonly #createPacket: () => Uint8Array | undefined;
  #envelope: Uint8Array | undefined;
  #packet: { readonly bytes: Uint8Array | undefined } | undefined;
  /** Transport ids, list by list. */
  readonly #handedTo: (readonly string[])[] = [];

  constructor({ isReliable, plain, createPacket }: DataMessageOptions) {
    this.isReliable = isReliable;
    // LiveKit's topics have no limit, ours have one: its receiver would refuse the message.
    this.plain = plain === undefined || plain.topic.length > MAX_TOPIC_LENGTH ? undefined : plain;
    this.#createPacket = createPacket;
  }

  /** As it goes through a data channel; undefined: this format cannot say it. */
  bytes(format: DataFormat): Uint8Array | undefined {
    if (format === "sluice") {
      if (this.plain !== undefined) this.#envelope ??= createEnvelope(this.plain);
      return this.#envelope;
    }
    this.#packet ??= { bytes: this.#createPacket() };
    return this.#packet.bytes;
  }

  /** What it costs to keep it; undefined: this format cannot say it. */
  sizeBytes(format: DataFormat): number | undefined {
    return format === "sluice" ? this.plain?.payload.length : this.bytes(format)?.length;
  }

  /** The packet, if a receiver has needed it. */
  get createdPacket(): Uint8Array | undefined {
    return this.#packet?.bytes;
  }

  handleHanded(transportIds: readonly string[]): void {
    this.#handedTo.push(transportIds);
  }

  wasHandedTo(transportId: string | undefined): boolean {
    return transportId !== undefined && this.#handedTo.some((transportIds) => transportIds.includes(transportId));
  }
}

function createEnvelope({ from, topic, payload }: PlainMessage): Uint8Array {
  return serializeDataMessage(topic === "" ? { from } : { from, topic }, payload);
}
