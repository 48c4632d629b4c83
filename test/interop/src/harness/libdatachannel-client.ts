import { type Audio, PeerConnection, type Track, type Video } from "node-datachannel";
import { RpcClient } from "./rpc-client.js";
import { until } from "./until.js";

/** libdatachannel as a client of the node: its own ICE, DTLS, SRTP and SDP. */
export class LibdatachannelClient {
  readonly rpc: RpcClient;
  readonly connection: PeerConnection;
  readonly #tracks: Track[] = [];

  private constructor(rpc: RpcClient, identity: string) {
    this.rpc = rpc;
    this.connection = new PeerConnection(identity, { iceServers: [], disableAutoNegotiation: true, bindAddress: "127.0.0.1" });
  }

  static async join(url: string, token: string, identity: string): Promise<LibdatachannelClient> {
    const rpc = await RpcClient.open(url, token);
    await rpc.request("join", {});
    return new LibdatachannelClient(rpc, identity);
  }

  addTrack(media: Audio | Video): Track {
    const track = this.connection.addTrack(media);
    // libdatachannel closes a track that nobody holds.
    this.#tracks.push(track);
    return track;
  }

  /** Offers what was added, and resolves with the answer when the connection stands. */
  async connect(tracks: readonly { readonly mid: string; readonly trackId: string }[] = []) {
    this.connection.setLocalDescription("offer");
    const sdp = await until("gathered candidates", 5_000, () => {
      return this.connection.gatheringState() === "complete" && this.connection.localDescription()?.sdp;
    });
    const answer = await this.rpc.request("offer", { sdp, tracks });
    this.connection.setRemoteDescription(answer.sdp, "answer");
    await until(
      "connection",
      5_000,
      () => this.connection.state() === "connected",
      () => this.connection.state(),
    );
    return answer;
  }

  async close(): Promise<void> {
    for (const track of this.#tracks) track.close();
    this.connection.close();
    await this.rpc.close();
  }
}
