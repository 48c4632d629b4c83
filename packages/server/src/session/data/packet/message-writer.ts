import { WIRE } from "./field-cursor.js";

/** Fills a protobuf message whose size is known; the functions below say how much each of its fields takes. */
export class MessageWriter {
  readonly bytes: Uint8Array<ArrayBuffer>;
  #at = 0;

  constructor(sizeBytes: number) {
    this.bytes = new Uint8Array(sizeBytes);
  }

  varintField(field: number, value: number): void {
    this.#varint(field * 8 + WIRE.varint);
    this.#varint(value);
  }

  bytesField(field: number, content: Uint8Array): void {
    this.beginBytes(field, content.length);
    this.raw(content);
  }

  /** `sizeBytes` of content follow. */
  beginBytes(field: number, sizeBytes: number): void {
    this.#varint(field * 8 + WIRE.bytes);
    this.#varint(sizeBytes);
  }

  /** What is a part of the message already. */
  raw(part: Uint8Array): void {
    this.bytes.set(part, this.#at);
    this.#at += part.length;
  }

  #varint(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.bytes[this.#at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.bytes[this.#at++] = rest;
  }
}

/** `value`: unsigned, at most 32 bits. */
export function varintFieldBytes(field: number, value: number): number {
  return varintBytes(field * 8) + varintBytes(value);
}

export function bytesFieldBytes(field: number, contentBytes: number): number {
  return varintBytes(field * 8) + varintBytes(contentBytes) + contentBytes;
}

function varintBytes(value: number): number {
  let count = 1;
  for (let rest = value >>> 7; rest > 0; rest >>>= 7) count++;
  return count;
}
