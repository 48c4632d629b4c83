import type { Instant, MediaEvent } from "@sluice/media";
import {
  DATA_LABELS,
  type ErrorCode,
  MAX_DATA_PAYLOAD_BYTES,
  MAX_LOSSY_PAYLOAD_BYTES,
  type Params,
  parseClientDataMessage,
  SluiceError,
} from "@sluice/protocol";
import type { Room } from "../../room/room.js";
import type { RoomMedia } from "../room-media.js";
import type { BroadcastData } from "./broadcast-data.js";
import { DATA_TRACK_LABEL } from "./channel-parameters.js";
import type { DataCounters } from "./data-counters.js";
import { DataMessage } from "./data-message.js";
import type { DataReceivers } from "./data-receivers.js";
import type { DropLog } from "./drop-log.js";
import { type DataPacket, MAX_PACKET_BYTES, parseDataPacket, toText } from "./packet/data-packet.js";
import { forwardPacket } from "./packet/forwarded-packet.js";
import { createUserPacket } from "./packet/user-packet.js";
import { isAgent, senderOf, senderOfPacket } from "./packet-sender.js";
import { ReliableSequences } from "./reliable-sequences.js";
import type { ReplayCache } from "./replay-cache.js";
import type { ServerRpc } from "./server-rpc.js";

export interface DataSendersOptions {
  readonly room: Room;
  readonly media: RoomMedia;
  readonly counters: DataCounters;
  readonly receivers: DataReceivers;
  readonly rpc: ServerRpc;
  readonly replay: ReplayCache;
  readonly dropLog: DropLog;
  /** Something was sent to everybody else. */
  readonly onBroadcast: (participantId: string, data: BroadcastData) => void;
}

interface SentMessage {
  readonly payload: Uint8Array;
  readonly topic: string;
  readonly isReliable: boolean;
  /** Participant ids; undefined: everybody else. */
  readonly to: readonly string[] | undefined;
}

type ArrivedMessage = Extract<MediaEvent, { readonly type: "dataMessage" }>;
type DropCause = "malformed" | "notPermitted" | "tooLong" | "overRate";

/** Everybody in a room as senders of data, in our own form and in LiveKit's: what of it may pass, and for whom it is. */
export class DataSenders {
  readonly #options: DataSendersOptions;
  readonly #sequences = new ReliableSequences();

  constructor(options: DataSendersOptions) {
    this.#options = options;
  }

  /** `sendData` of a signaling door. Throws SluiceError. */
  handleRequest(participantId: string, { data, topic = "", to }: Params<"sendData">, now: Instant): void {
    const payload = Buffer.from(data, "base64");
    this.#sendPlain(participantId, { payload, topic, isReliable: true, to }, now);
  }

  handleParticipantClosed(participantId: string): void {
    this.#sequences.handleParticipantClosed(participantId);
  }

  lastSequence(participantId: string): number {
    return this.#sequences.last(participantId);
  }

  handleMessage(event: ArrivedMessage, now: Instant): void {
    const { media, receivers, counters } = this.#options;
    const participantId = media.transport(event.transportId)?.participant.participantId;
    if (participantId === undefined) return;
    const isLiveKit = receivers.formatOf(participantId) === "livekit";
    if (isLiveKit && event.label === DATA_TRACK_LABEL) {
      counters.dataTrackFrames += 1;
    } else if (event.label !== DATA_LABELS.reliable && event.label !== DATA_LABELS.lossy) {
      counters.unknownChannel += 1;
    } else {
      try {
        const cause = isLiveKit
          ? this.#handlePacket(participantId, event, now)
          : this.#handleEnvelope(participantId, event, now);
        if (cause !== undefined) this.#drop(participantId, cause, now);
      } catch (error) {
        // There is no answer on a channel: what was not granted is dropped, and the channel stays.
        if (!(error instanceof SluiceError)) throw error;
        this.#drop(participantId, REFUSALS[error.code] ?? error.code, now);
      }
    }
  }

  /** [RM97] What somebody who is only forwarded here has sent to everybody where it comes from. */
  handleForwarded(participantId: string, data: BroadcastData, now: Instant): void {
    try {
      if (data.type === "plain") this.#sendPlain(participantId, { ...data, to: undefined }, now);
      else this.#sendPacket(participantId, data, now);
    } catch (error) {
      // It was granted where it comes from: that it is too much here is nobody's to know.
      if (!(error instanceof SluiceError)) throw error;
      this.#drop(participantId, REFUSALS[error.code] ?? error.code, now);
    }
  }

  /** A message of ours. Returns why it is dropped, if it is; throws SluiceError for what is not granted. */
  #handleEnvelope(participantId: string, { label, isBinary, payload }: ArrivedMessage, now: Instant): DropCause | undefined {
    const message = isBinary ? parseClientDataMessage(payload) : undefined;
    if (message === undefined) return "malformed";
    const { topic = "", to } = message.header;
    const isReliable = label === DATA_LABELS.reliable;
    this.#sendPlain(participantId, { payload: message.payload, topic, isReliable, to }, now);
    return undefined;
  }

  /** [RM112] A DataPacket of LiveKit's. Returns why it is dropped, if it is; throws SluiceError for what is not granted. */
  #handlePacket(participantId: string, { label, isBinary, payload }: ArrivedMessage, now: Instant): DropCause | undefined {
    const { room, counters, rpc } = this.#options;
    if (payload.length > MAX_PACKET_BYTES) return "tooLong";
    const packet = isBinary ? parseDataPacket(payload) : undefined;
    if (packet === undefined) return "malformed";
    const isReliable = label === DATA_LABELS.reliable;
    if (isReliable && !this.#sequences.accept(participantId, packet.sequence)) {
      counters.duplicate += 1;
      return undefined;
    }
    const isAnswer = packet.value === "rpcAck" || packet.value === "rpcResponse";
    if (isAnswer && rpc.handlePacket(participantId, payload)) return undefined;
    // Clients believe it: who speaks is the node's to say.
    if (packet.value === "speaker") return "notPermitted";
    if (packet.value === "transcription" && !isAgent(room.participant(participantId))) return "notPermitted";
    this.#sendPacket(participantId, { packet, sizeBytes: payload.length, isReliable }, now);
    return undefined;
  }

  /** Throws SluiceError as `Room.admitData` does. */
  #sendPacket(participantId: string, sent: Omit<Extract<BroadcastData, { type: "packet" }>, "type">, now: Instant): void {
    const { room, counters, receivers, onBroadcast } = this.#options;
    const { packet, isReliable } = sent;
    const participant = room.participant(participantId);
    const destinations = destinationsOf(packet);
    const admitted = room.admitData(participantId, { sizeBytes: sent.sizeBytes, ...destinations }, now);
    const participantIds = packet.value === "metrics" ? admitted.filter((id) => this.#mayHaveMetrics(id)) : admitted;
    counters.accepted += 1;
    const message = new DataMessage({
      isReliable,
      plain: plainOf(this.#namedSender(participantId), packet),
      createPacket: () => forwardPacket(packet, senderOfPacket(participant, packet), isReliable),
    });
    receivers.deliver(message, participantIds, now);
    const sizeBytes = message.createdPacket?.length;
    if (isReliable && packet.sequence > 0 && sizeBytes !== undefined) {
      const { sequence } = packet;
      this.#options.replay.add({ publisherId: participantId, sequence, message, sizeBytes, receiverIds: participantIds }, now);
    }
    if (destinations.to === undefined) onBroadcast(participantId, { type: "packet", ...sent });
  }

  /** Throws SluiceError as `Room.admitData` does, and `invalidArgument` for what is too long [RM54]. */
  #sendPlain(from: string, { payload, topic, isReliable, to }: SentMessage, now: Instant): void {
    const { room, counters, receivers } = this.#options;
    const limit = isReliable ? MAX_DATA_PAYLOAD_BYTES : MAX_LOSSY_PAYLOAD_BYTES;
    if (payload.length > limit) {
      throw new SluiceError("invalidArgument", `the payload has ${payload.length} bytes, the limit is ${limit}`);
    }
    const outgoing = { sizeBytes: payload.length, ...(to === undefined ? {} : { to }) };
    const participantIds = room.admitData(from, outgoing, now);
    counters.accepted += 1;
    const plain = { from: this.#namedSender(from), topic, payload };
    const createPacket = () => {
      const packet = createUserPacket({ payload, topic, sequence: 0 }, senderOf(room.participant(from)), isReliable);
      return packet.length > MAX_PACKET_BYTES ? undefined : packet;
    };
    receivers.deliver(new DataMessage({ isReliable, plain, createPacket }), participantIds, now);
    if (to === undefined) this.#options.onBroadcast(from, { type: "plain", payload, topic, isReliable });
  }

  /** [RM113] Who our own door says a message is from. */
  #namedSender(participantId: string): string {
    const { room } = this.#options;
    return room.participant(participantId)?.isHidden === true ? room.roomId : participantId;
  }

  #mayHaveMetrics(participantId: string): boolean {
    return this.#options.room.participant(participantId)?.permissions.canSubscribeMetrics === true;
  }

  #drop(participantId: string, cause: DropCause | ErrorCode, now: Instant): void {
    const { counters, dropLog } = this.#options;
    if (isCounted(cause)) counters[cause] += 1;
    dropLog.handleDropped(participantId, cause, 1, now);
  }
}

/** [RM115] What LiveKit's packet says at our own door. */
function plainOf(from: string, { user }: DataPacket) {
  return user === undefined ? undefined : { from, topic: toText(user.topic), payload: user.payload };
}

function destinationsOf({ destinationIdentities, user }: DataPacket) {
  const to = user?.destinationIds ?? [];
  if (destinationIdentities.length + to.length === 0) return {};
  return { to, toIdentities: destinationIdentities.map(toText) };
}

const CAUSES: ReadonlySet<string> = new Set<DropCause>(["malformed", "notPermitted", "tooLong", "overRate"]);

function isCounted(cause: DropCause | ErrorCode): cause is DropCause {
  return CAUSES.has(cause);
}

const REFUSALS: { readonly [C in ErrorCode]?: DropCause } = {
  permissionDenied: "notPermitted",
  invalidArgument: "tooLong",
  resourceExhausted: "overRate",
};
