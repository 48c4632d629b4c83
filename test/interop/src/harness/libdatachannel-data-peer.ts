import { DATA_LABELS, type DataKind, parseServerDataMessage, serializeDataMessage } from "@sluice/protocol";
import { type DataChannel, PeerConnection } from "node-datachannel";
import { describeData, type HeardData, patternBytes } from "./data-digest.js";
import { RpcClient } from "./rpc-client.js";
import { until } from "./until.js";

export interface LibdatachannelDataOptions {
  /** Of the JSON-RPC door. */
  readonly url: string;
  readonly token: string;
}

/** Nothing but data channels on libdatachannel, whose SCTP is usrsctp. Use it by ForkedPeer. */
export class LibdatachannelDataPeer {
  readonly participantId: string;
  readonly #rpc: RpcClient;
  readonly #connection = new PeerConnection("peer", { iceServers: [], bindAddress: "127.0.0.1", maxMessageSize: 262_144 });
  readonly #channels: { readonly [K in DataKind]: DataChannel };
  readonly #heard: HeardData[] = [];

  private constructor(participantId: string, rpc: RpcClient) {
    this.participantId = participantId;
    this.#rpc = rpc;
    this.#channels = {
      reliable: this.#connection.createDataChannel(DATA_LABELS.reliable),
      lossy: this.#connection.createDataChannel(DATA_LABELS.lossy, { unordered: true, maxRetransmits: 0 }),
    };
    for (const channel of Object.values(this.#channels)) channel.onMessage((bytes) => this.#handleMessage(bytes));
  }

  /** Resolves when both channels are open. */
  static async join({ url, token }: LibdatachannelDataOptions): Promise<LibdatachannelDataPeer> {
    const rpc = await RpcClient.open(url, token);
    const { participant } = await rpc.request("join", {});
    const peer = new LibdatachannelDataPeer(participant.participantId, rpc);
    await peer.#negotiate();
    return peer;
  }

  id(): string {
    return this.participantId;
  }

  send(kind: DataKind, content: string | number, header: { readonly topic?: string; readonly to?: readonly string[] }): void {
    const payload = typeof content === "string" ? new TextEncoder().encode(content) : patternBytes(content);
    this.#channels[kind].sendMessageBinary(serializeDataMessage(header, payload));
  }

  heard(): HeardData[] {
    return this.#heard;
  }

  async leave(): Promise<void> {
    await this.#rpc.request("leave", {});
  }

  async #negotiate(): Promise<void> {
    const offer = await until("gathered candidates", 5_000, () => {
      return this.#connection.gatheringState() === "complete" && this.#connection.localDescription()?.sdp;
    });
    const { sdp } = await this.#rpc.request("offer", { sdp: offer });
    this.#connection.setRemoteDescription(sdp, "answer");
    const { reliable, lossy } = this.#channels;
    await until(
      "open data channels",
      10_000,
      () => reliable.isOpen() && lossy.isOpen(),
      () => [this.#connection.state(), reliable.isOpen(), lossy.isOpen()],
    );
  }

  #handleMessage(bytes: string | Buffer | ArrayBuffer): void {
    const message = typeof bytes === "string" ? undefined : parseServerDataMessage(new Uint8Array(bytes));
    if (message === undefined) return;
    this.#heard.push(describeData(message.header.from, message.header.topic ?? "", message.payload));
  }
}
