import type { LibdatachannelClient } from "../load/libdatachannel-client.js";
import { JsonSocket } from "./json-socket.js";
import type { PeerDoor } from "./peer-door.js";

/** The SFU of werift-sfu.ts: an offer there, an answer back. */
export class WeriftDoor implements PeerDoor {
  readonly clientIp = "127.0.0.1";
  readonly #socket: JsonSocket;

  private constructor(socket: JsonSocket) {
    this.#socket = socket;
  }

  static async open(url: string): Promise<WeriftDoor> {
    return new WeriftDoor(await JsonSocket.open(url));
  }

  publish(_identity: string, client: LibdatachannelClient): Promise<void> {
    return this.#negotiate("publish", client);
  }

  subscribe(_identity: string, client: LibdatachannelClient, onPacket: (packet: Buffer) => void): Promise<void> {
    client.addReceiver(onPacket);
    return this.#negotiate("subscribe", client);
  }

  async #negotiate(role: "publish" | "subscribe", client: LibdatachannelClient): Promise<void> {
    const answer = await this.#socket.request({ role, sdp: await client.offer() });
    if (typeof answer.sdp !== "string") throw new Error(`the werift SFU says ${JSON.stringify(answer)}`);
    client.accept(answer.sdp);
  }
}
