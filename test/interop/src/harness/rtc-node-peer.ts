import {
  DataPacketKind,
  type DisconnectReason,
  type LocalParticipant,
  Room,
  RoomEvent,
  RpcError,
  type SimulateScenarioKind,
  type VideoCodec,
} from "@livekit/rtc-node";
import { type ReceivedFrames, RtcNodeMedia } from "./rtc-node-media.js";

export interface RtcNodeOptions {
  /** Of the node, `http://…`. */
  readonly url: string;
  readonly token: string;
}

/** What a participant was sent as data. */
export interface ReceivedData {
  readonly text: string;
  readonly topic: string | undefined;
  readonly isReliable: boolean;
  /** Of the sender; undefined: the server. */
  readonly identity: string | undefined;
}

/** What a participant knows of itself and of its room. */
export interface SeenState {
  readonly room: string;
  readonly roomMetadata: string;
  readonly name: string;
  readonly metadata: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/**
 * A participant of LiveKit's own SDK for Node, with the RPC methods "greet", which greets, and "fail", which fails with number 4711.
 * It is native code: use it by ForkedPeer.
 */
export class RtcNodePeer {
  readonly #room: Room;
  readonly #received: ReceivedData[] = [];
  readonly #media = new RtcNodeMedia();
  readonly #events: string[] = [];
  #disconnectReason: DisconnectReason | undefined;

  private constructor(room: Room) {
    this.#room = room;
  }

  static async join({ url, token }: RtcNodeOptions): Promise<RtcNodePeer> {
    const peer = new RtcNodePeer(new Room());
    const room = peer.#room;
    room.on(RoomEvent.DataReceived, (payload, participant, kind, topic) => {
      const isReliable = kind === DataPacketKind.KIND_RELIABLE;
      peer.#received.push({ text: Buffer.from(payload).toString(), topic, isReliable, identity: participant?.identity });
    });
    room.on(RoomEvent.Disconnected, (reason) => {
      peer.#disconnectReason = reason;
    });
    room.on(RoomEvent.TrackSubscribed, (track, _publication, { identity }) => peer.#media.handleTrack(track, identity));
    peer.#noteEvents();
    await room.connect(url, token, { autoSubscribe: true, dynacast: false });
    room.localParticipant?.registerRpcMethod("greet", async ({ payload }) => `hello ${payload}`);
    room.localParticipant?.registerRpcMethod("fail", async () => {
      throw new RpcError(4711, "out of milk", "until noon");
    });
    return peer;
  }

  received(): ReceivedData[] {
    return this.#received;
  }

  /** Undefined while it is in a room. */
  disconnectReason(): DisconnectReason | undefined {
    return this.#disconnectReason;
  }

  /** What it knows of itself and of its room. */
  state(): SeenState {
    const { name = "", metadata = "", localParticipant } = this.#room;
    return {
      room: name,
      roomMetadata: metadata,
      name: localParticipant?.name ?? "",
      metadata: localParticipant?.metadata ?? "",
      attributes: localParticipant?.attributes ?? {},
    };
  }

  /** To everybody else, or to these identities. */
  async publish(
    text: string,
    { topic = "", isReliable = true, to = [] }: { topic?: string; isReliable?: boolean; to?: readonly string[] } = {},
  ): Promise<void> {
    const payload = new Uint8Array(Buffer.from(text));
    await this.#local.publishData(payload, {
      reliable: isReliable,
      topic,
      destination_identities: [...to],
    });
  }

  /** A text as a stream of packets. */
  async sendText(text: string, topic: string): Promise<void> {
    await this.#local.sendText(text, { topic });
  }

  /** Bytes as a stream of packets, in two pieces. */
  async sendBytes(bytes: Uint8Array, topic: string): Promise<void> {
    const writer = await this.#local.streamBytes({ topic, name: topic, mimeType: "image/png", totalSize: bytes.length });
    await writer.write(bytes.subarray(0, bytes.length >> 1));
    await writer.write(bytes.subarray(bytes.length >> 1));
    await writer.close();
  }

  /** Remembers bytes that come as streams of this topic as if they were data: their base64. */
  expectBytes(topic: string): void {
    this.#room.registerByteStreamHandler(topic, async (reader, { identity }) => {
      const text = Buffer.concat(await reader.readAll()).toString("base64");
      this.#received.push({ text, topic, isReliable: true, identity });
    });
  }

  /** Remembers texts that come as streams of this topic as if they were data. */
  expectTexts(topic: string): void {
    this.#room.registerTextStreamHandler(topic, async (reader, { identity }) => {
      this.#received.push({ text: await reader.readAll(), topic, isReliable: true, identity });
    });
  }

  /** A method of another participant. */
  async perform(destinationIdentity: string, method: string, payload: string): Promise<string> {
    return this.#local.performRpc({ destinationIdentity, method, payload });
  }

  /** Identities of the others in its room. */
  others(): string[] {
    return [...this.#room.remoteParticipants.values()].map(({ identity }) => identity);
  }

  /** A tone, and a picture of this brightness, 0 to 255. Gives both tracks' sids, the tone's first. */
  publishMedia(brightness: number, codec: VideoCodec): Promise<readonly [string, string]> {
    return this.#media.publish(this.#local, brightness, codec);
  }

  unpublishMedia(): Promise<void> {
    return this.#media.unpublish(this.#local);
  }

  /** What has come of somebody so far. */
  framesOf(identity: string): ReceivedFrames {
    return this.#media.of(identity);
  }

  async describeOneself(name: string, metadata: string, attributes: Readonly<Record<string, string>>): Promise<void> {
    await this.#local.updateName(name);
    await this.#local.updateMetadata(metadata);
    await this.#local.setAttributes({ ...attributes });
  }

  /** What it was told, in order: "trackMuted ann". */
  events(): string[] {
    return this.#events;
  }

  /** Breaks its connection in one of the ways that its own SDK has for tests. */
  simulate(scenario: SimulateScenarioKind): Promise<void> {
    return this.#room.simulateScenario(scenario);
  }

  leave(): Promise<void> {
    return this.#room.disconnect();
  }

  get #local(): LocalParticipant {
    const { localParticipant } = this.#room;
    if (localParticipant === undefined) throw new Error("in no room");
    return localParticipant;
  }

  #noteEvents(): void {
    const note = (...line: unknown[]) => this.#events.push(line.join(" "));
    this.#room
      .on(RoomEvent.ParticipantConnected, ({ identity }) => note("participantConnected", identity))
      .on(RoomEvent.ParticipantDisconnected, ({ identity }) => note("participantDisconnected", identity))
      .on(RoomEvent.ParticipantNameChanged, (name, { identity }) => note("name", identity, name))
      .on(RoomEvent.ParticipantMetadataChanged, (metadata, { identity }) => note("metadata", identity, metadata))
      .on(RoomEvent.ParticipantAttributesChanged, (changed, { identity }) =>
        note("attributes", identity, JSON.stringify(changed)),
      )
      .on(RoomEvent.TrackMuted, ({ sid }, { identity }) => note("trackMuted", identity, sid))
      .on(RoomEvent.TrackUnmuted, ({ sid }, { identity }) => note("trackUnmuted", identity, sid))
      .on(RoomEvent.TrackUnsubscribed, (track, _publication, { identity }) => note("trackUnsubscribed", identity, track.sid))
      .on(RoomEvent.Reconnecting, () => note("reconnecting"))
      .on(RoomEvent.Reconnected, () => note("reconnected"));
  }
}
