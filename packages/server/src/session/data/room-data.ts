import { earliest, type Instant, type MediaEvent } from "@sluice/media";
import { type Params, SluiceError } from "@sluice/protocol";
import type { Log } from "../../log/log.js";
import type { RandomId } from "../../room/random-id.js";
import type { Room } from "../../room/room.js";
import type { DataFormat } from "../join-parameters.js";
import type { RoomMedia } from "../room-media.js";
import type { BroadcastData } from "./broadcast-data.js";
import type { DataCounters } from "./data-counters.js";
import { DataMessage } from "./data-message.js";
import { DataReceivers } from "./data-receivers.js";
import { DataSenders } from "./data-senders.js";
import { DropLog } from "./drop-log.js";
import { NonceCache } from "./nonce-cache.js";
import { MAX_PACKET_BYTES } from "./packet/data-packet.js";
import { createUserPacket } from "./packet/user-packet.js";
import { ANONYMOUS } from "./packet-sender.js";
import { type ReceivedState, ReplayCache } from "./replay-cache.js";
import type { ServerData } from "./server-data.js";
import { type RpcOutcome, type ServerCall, ServerRpc } from "./server-rpc.js";

export interface RoomDataOptions {
  readonly room: Room;
  readonly media: RoomMedia;
  readonly counters: DataCounters;
  readonly log: Pick<Log, "warn">;
  readonly randomId: RandomId;
  /** A participant has sent something to everybody else. */
  readonly onBroadcast: (participantId: string, data: BroadcastData) => void;
}

/**
 * A room's data messages between its participants' channels at the worker, the server's API and the room's rules: who sends what, and
 * what may pass. {@link DataReceivers} has the other side.
 */
export class RoomData {
  readonly #options: RoomDataOptions;
  readonly #dropLog: DropLog;
  readonly #receivers: DataReceivers;
  readonly #senders: DataSenders;
  readonly #rpc: ServerRpc;
  readonly #nonces = new NonceCache();
  readonly #replay = new ReplayCache();

  constructor(options: RoomDataOptions) {
    this.#options = options;
    this.#dropLog = new DropLog(options.log, { room: options.room.name });
    this.#receivers = new DataReceivers(options);
    this.#rpc = new ServerRpc({
      randomId: options.randomId,
      send: (participantId, packet, now) => this.#sendPacket(participantId, packet, now),
    });
    this.#senders = new DataSenders({
      ...options,
      receivers: this.#receivers,
      rpc: this.#rpc,
      replay: this.#replay,
      dropLog: this.#dropLog,
    });
  }

  /** `sendData` of a signaling door. Throws SluiceError. */
  handleRequest(participantId: string, params: Params<"sendData">, now: Instant): void {
    this.#senders.handleRequest(participantId, params, now);
  }

  /** [RM97] Of somebody who is only forwarded here. */
  handleForwarded(participantId: string, data: BroadcastData, now: Instant): void {
    this.#senders.handleForwarded(participantId, data, now);
  }

  /** Of this room's worker. */
  handleMediaEvent(event: MediaEvent, now: Instant): void {
    switch (event.type) {
      case "transportState":
        if (event.state.type === "connected") this.#receivers.handleConnected(event.transportId, now);
        break;
      case "dataChannelOpened":
        this.#receivers.handleOpened(event.transportId, event.label);
        break;
      case "dataChannelClosed":
        this.#options.media.transport(event.transportId)?.transport.channels.handleClosed(event.label);
        break;
      case "dataMessage":
        this.#senders.handleMessage(event, now);
        break;
      case "dataDropped": {
        // Counted by the worker.
        const receiver = this.#options.media.transport(event.transportId)?.participant;
        if (receiver !== undefined) this.#dropLog.handleDropped(receiver.participantId, "dataBufferFull", event.messages, now);
        break;
      }
      case "consumerLayers":
      case "audioLevels":
      case "dominantSpeaker":
        break;
    }
  }

  handleJoined(participantId: string, format: DataFormat, now: Instant): void {
    this.#receivers.handleJoined(participantId, format, now);
  }

  handleResumed(participantId: string): void {
    this.#receivers.handleResumed(participantId);
  }

  handleParticipantClosed(participantId: string): void {
    this.#receivers.handleParticipantClosed(participantId);
    this.#senders.handleParticipantClosed(participantId);
    this.#rpc.handleParticipantClosed(participantId);
    this.#dropLog.handleParticipantClosed(participantId);
  }

  /** Throws SluiceError `invalidArgument` for what no packet can hold, `resourceExhausted` when it is too much for the room [RM116]. */
  sendFromServer(data: ServerData, now: Instant): void {
    const { room, counters } = this.#options;
    const { payload, topic = "", isReliable, destinationIdentities = [], destinationIds = [], nonce = NONE } = data;
    const packet = createUserPacket({ payload, topic, sequence: 0, nonce }, ANONYMOUS, isReliable);
    if (packet.length > MAX_PACKET_BYTES) {
      throw new SluiceError("invalidArgument", `the packet has ${packet.length} bytes, the limit is ${MAX_PACKET_BYTES}`);
    }
    const isForAll = destinationIdentities.length + destinationIds.length === 0;
    const receivers = isForAll ? {} : { to: destinationIds, toIdentities: destinationIdentities };
    const participantIds = room.admitData(undefined, { sizeBytes: packet.length, ...receivers }, now);
    if (!this.#nonces.add(nonce)) {
      counters.duplicate += 1;
      return;
    }
    counters.accepted += 1;
    const plain = { from: room.roomId, topic, payload };
    this.#receivers.deliver(new DataMessage({ isReliable, plain, createPacket: () => packet }), participantIds, now);
  }

  /** As {@link ServerRpc.call}. */
  performRpc(call: ServerCall, onOutcome: (outcome: RpcOutcome) => void, now: Instant): void {
    const participant = this.#options.room.withIdentity(call.destinationIdentity);
    this.#rpc.call(participant?.participantId, call, onOutcome, now);
  }

  /** [RM114] Of the reliable packets that the participant has sent; 0: none that are numbered. */
  lastReliableSequence(participantId: string): number {
    return this.#senders.lastSequence(participantId);
  }

  /** [RM118] Sends what somebody who has just resumed has missed; once, and only of the last seconds. */
  replay(participantId: string, states: readonly ReceivedState[], now: Instant): void {
    const transportId = this.#options.media.transportOf(participantId)?.transportId;
    this.#receivers.replay(participantId, () => this.#replay.missedBy(participantId, states, transportId, now), now);
  }

  pollTimeout(): Instant | undefined {
    return earliest(earliest(this.#receivers.pollTimeout(), this.#rpc.pollTimeout()), this.#replay.pollTimeout());
  }

  handleTimeout(now: Instant): void {
    this.#receivers.handleTimeout(now);
    this.#rpc.handleTimeout(now);
    this.#replay.handleTimeout(now);
  }

  #sendPacket(participantId: string, packet: Uint8Array, now: Instant): boolean {
    const message = new DataMessage({ isReliable: true, plain: undefined, createPacket: () => packet });
    return this.#receivers.deliver(message, [participantId], now) > 0;
  }
}

const NONE: Uint8Array = new Uint8Array();
