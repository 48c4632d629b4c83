import assert from "node:assert/strict";
import { DATA_LABELS, parseServerDataMessage, serializeDataMessage, type VideoGrant } from "@sluice/protocol";
import type { MemoryClient } from "../../../testing/memory-client.js";
import { MemoryNode } from "../../../testing/memory-node.js";
import type { MemoryWorker } from "../../../testing/memory-workers.js";
import type { JoinParameters } from "../../join-parameters.js";

const { reliable, lossy } = DATA_LABELS;

export interface SentMessage {
  readonly transportIds: readonly string[];
  readonly label: string;
  readonly header: { readonly from: string; readonly topic?: string };
  readonly text: string;
}

export interface SentPacket {
  readonly identities: readonly string[];
  readonly label: string;
  readonly bytes: Uint8Array;
}

/** A room of participants that have offered a data section, with their transports at the one worker. */
export class DataRoom {
  readonly node = new MemoryNode();
  readonly worker: MemoryWorker;
  readonly #transports = new Map<MemoryClient, string>();

  constructor() {
    const [worker] = this.node.workers.ready;
    assert.ok(worker);
    this.worker = worker;
  }

  /** `labels`: the channels it opens. */
  enter(
    identity: string,
    labels: readonly string[] = [reliable, lossy],
    grant: VideoGrant = {},
    params: JoinParameters = {},
  ): MemoryClient {
    const client = this.node.client(identity, grant);
    client.join(params);
    client.peer.addDataSection();
    this.#connect(client, labels);
    client.told.length = 0;
    return client;
  }

  /** The client offers a new connection, and opens both channels there. */
  reconnect(client: MemoryClient): void {
    client.peer.reconnect();
    this.#connect(client, [reliable, lossy]);
  }

  transportOf(client: MemoryClient): string {
    const transportId = this.#transports.get(client);
    assert.ok(transportId);
    return transportId;
  }

  open(client: MemoryClient, label: string): void {
    this.node.workers.report(this.worker, {
      type: "dataChannelOpened",
      transportId: this.transportOf(client),
      label,
      isOrdered: label === reliable,
    });
  }

  close(client: MemoryClient, label: string): void {
    this.node.workers.report(this.worker, { type: "dataChannelClosed", transportId: this.transportOf(client), label });
  }

  /** The client sends these bytes by its channel. */
  sendRaw(client: MemoryClient, label: string, payload: Uint8Array, isBinary = true): void {
    const transportId = this.transportOf(client);
    this.node.workers.report(this.worker, { type: "dataMessage", transportId, label, isBinary, payload });
  }

  send(client: MemoryClient, label: string, text: string, header: { to?: readonly string[]; topic?: string } = {}): void {
    this.sendRaw(client, label, serializeDataMessage(header, Buffer.from(text)));
  }

  /** Messages in our own form for the channels since the last look; all else is dropped. */
  sent(): readonly SentMessage[] {
    return this.sentInBothForms().ours;
  }

  /** Messages in LiveKit's form for the channels since the last look; all else is dropped. */
  sentPackets(): readonly SentPacket[] {
    return this.sentInBothForms().theirs;
  }

  sentInBothForms(): { readonly ours: readonly SentMessage[]; readonly theirs: readonly SentPacket[] } {
    const [ours, theirs]: [SentMessage[], SentPacket[]] = [[], []];
    for (const { transportIds, label, isBinary, payload } of this.worker.take("sendData")) {
      assert.ok(isBinary);
      const message = parseServerDataMessage(payload);
      if (message === undefined) {
        const identities = [...this.#transports].flatMap(([{ identity }, id]) => (transportIds.includes(id) ? [identity] : []));
        theirs.push({ identities, label, bytes: payload });
      } else {
        const { header } = message;
        ours.push({ transportIds, label, header, text: Buffer.from(message.payload).toString() });
      }
    }
    return { ours, theirs };
  }

  #connect(client: MemoryClient, labels: readonly string[]): void {
    client.offer();
    const [opened] = this.worker.take("openTransport");
    assert.ok(opened);
    const { transportId } = opened;
    this.#transports.set(client, transportId);
    this.node.workers.report(this.worker, { type: "transportState", transportId, state: { type: "connected" } });
    for (const label of labels) this.open(client, label);
  }

  get counters() {
    return this.node.rooms.dataCounters;
  }

  /** A participant that speaks LiveKit's packets. */
  enterLiveKit(identity: string, labels: readonly string[] = [reliable, lossy], grant: VideoGrant = {}): MemoryClient {
    return this.enter(identity, labels, grant, { dataFormat: "livekit" });
  }
}
