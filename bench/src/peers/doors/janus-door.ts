import type { LibdatachannelClient } from "../load/libdatachannel-client.js";
import { JsonSocket } from "./json-socket.js";
import type { DoorAddress, PeerDoor } from "./peer-door.js";

type Json = Record<string, unknown>;
type JanusAddress = Extract<DoorAddress, { readonly kind: "janus" }>;

/** Janus ends a session that is silent for a minute. */
const KEEP_ALIVE_INTERVAL_MS = 20_000;

/** A room of the VideoRoom plugin, over Janus's WebSocket API: one session, and a handle for each connection. */
export class JanusDoor implements PeerDoor {
  readonly clientIp: string;
  readonly #socket: JsonSocket;
  readonly #sessionId: number;
  readonly #room: number;
  #feed: Promise<number> | undefined;

  private constructor(socket: JsonSocket, sessionId: number, { room, mediaIp }: JanusAddress) {
    this.clientIp = mediaIp;
    this.#socket = socket;
    this.#sessionId = sessionId;
    this.#room = room;
    setInterval(() => void this.#request({ janus: "keepalive" }).catch(() => undefined), KEEP_ALIVE_INTERVAL_MS).unref();
  }

  static async open(address: JanusAddress): Promise<JanusDoor> {
    const socket = await JsonSocket.open(address.url, "janus-protocol");
    const created = await socket.request({ janus: "create" });
    return new JanusDoor(socket, idOf(created), address);
  }

  async publish(identity: string, client: LibdatachannelClient): Promise<void> {
    const handle = await this.#attach();
    await this.#message(handle, { request: "join", ptype: "publisher", room: this.#room, display: identity });
    const offer = { type: "offer", sdp: await client.offer() };
    const { jsep } = await this.#message(handle, { request: "publish", audio: false, video: true }, offer);
    client.accept(sdpOf(jsep));
  }

  async subscribe(_identity: string, client: LibdatachannelClient, onPacket: (packet: Buffer) => void): Promise<void> {
    const handle = await this.#attach();
    this.#feed ??= this.#findPublisher(handle);
    const streams = [{ feed: await this.#feed }];
    const { jsep } = await this.#message(handle, { request: "join", ptype: "subscriber", room: this.#room, streams });
    client.receiveOffered(onPacket);
    const answer = { type: "answer", sdp: await client.answer(sdpOf(jsep)) };
    await this.#message(handle, { request: "start" }, answer);
  }

  async #attach(): Promise<number> {
    return idOf(await this.#request({ janus: "attach", plugin: "janus.plugin.videoroom" }));
  }

  async #findPublisher(handle: number): Promise<number> {
    const { plugindata } = await this.#request({
      janus: "message",
      handle_id: handle,
      body: { request: "listparticipants", room: this.#room },
    });
    const { participants } = (plugindata as { data: { participants: { id: number; publisher: boolean }[] } }).data;
    const publisher = participants.find((participant) => participant.publisher);
    if (publisher === undefined) throw new Error("nobody publishes in Janus's room");
    return publisher.id;
  }

  /** What the plugin does takes time: an acknowledgement comes before the event. */
  async #message(handle: number, body: Json, jsep?: Json): Promise<Json> {
    const request = { janus: "message", handle_id: handle, body, ...(jsep === undefined ? {} : { jsep }) };
    return await this.#request(request, (message) => message.janus !== "ack");
  }

  async #request(message: Json, isAnswer?: (message: Json) => boolean): Promise<Json> {
    const answer = await this.#socket.request({ ...message, session_id: this.#sessionId }, isAnswer);
    const data = (answer.plugindata as { data?: Json } | undefined)?.data;
    if (answer.janus === "error" || data?.error !== undefined) throw new Error(`Janus says ${JSON.stringify(answer)}`);
    return answer;
  }
}

function idOf(answer: Json): number {
  return (answer.data as { id: number }).id;
}

function sdpOf(jsep: unknown): string {
  const { sdp } = (jsep ?? {}) as { sdp?: string };
  if (sdp === undefined) throw new Error("Janus sends no description");
  return sdp;
}
