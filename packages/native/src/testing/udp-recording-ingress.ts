import type { AddressId, ConnectionIngress, Instant, PacketMemory, TransportAddress } from "@sluice/media";

export interface ReceivedDatagram {
  /** A copy. */
  readonly bytes: Uint8Array;
  readonly offset: number;
  readonly address: AddressId;
  readonly ageUs: number;
}

/** An Ingress that writes down what it is given and lets a test wait for it. */
export class RecordingIngress implements ConnectionIngress {
  batchLimit = 64;
  /** Whether it keeps the slots of datagrams from registered addresses. */
  keeps = false;
  readonly received: ReceivedDatagram[] = [];
  readonly unknown: { readonly bytes: Uint8Array; readonly source: TransportAddress }[] = [];
  /** Addresses whose connections have ended. */
  readonly closed: AddressId[] = [];
  /** Datagrams per batch. */
  readonly batches: number[] = [];
  /** Called inside handleDatagram and handleUnknownDatagram. */
  onDatagram: () => void = () => {};
  onBatchEnd: () => void = () => {};
  onAddressClosed: (address: AddressId) => void = () => {};
  readonly #memory: PacketMemory;
  #inBatch = 0;
  #waiting: { readonly isOver: () => boolean; readonly resolve: () => void }[] = [];

  constructor(memory: PacketMemory) {
    this.#memory = memory;
  }

  handleDatagram(offset: number, sizeBytes: number, address: AddressId, _now: Instant, ageUs: number): boolean {
    this.#inBatch++;
    this.received.push({ bytes: this.#memory.bytes.slice(offset, offset + sizeBytes), offset, address, ageUs });
    this.onDatagram();
    this.#wake();
    return this.keeps;
  }

  handleUnknownDatagram(offset: number, sizeBytes: number, source: TransportAddress): void {
    this.#inBatch++;
    this.unknown.push({ bytes: this.#memory.bytes.slice(offset, offset + sizeBytes), source });
    this.onDatagram();
    this.#wake();
  }

  handleAddressClosed(address: AddressId): void {
    this.closed.push(address);
    this.onAddressClosed(address);
    this.#wake();
  }

  handleBatchEnd(): void {
    this.batches.push(this.#inBatch);
    this.#inBatch = 0;
    this.onBatchEnd();
    this.#wake();
  }

  /** Resolves inside the batch that made `isOver` true. The test's own time limit ends a wait in vain. */
  until(isOver: () => boolean): Promise<void> {
    if (isOver()) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.push({ isOver, resolve });
    });
  }

  #wake(): void {
    this.#waiting = this.#waiting.filter(({ isOver, resolve }) => {
      if (!isOver()) return true;
      resolve();
      return false;
    });
  }
}
