import { earliest, type Instant } from "@sluice/media";
import { DATA_LABELS, MAX_DATA_BYTES } from "@sluice/protocol";
import type { Room } from "../../room/room.js";
import type { DataFormat } from "../join-parameters.js";
import type { MediaTransport } from "../media-transport.js";
import type { RoomMedia } from "../room-media.js";
import { channelParameters, LIVEKIT_CHANNELS } from "./channel-parameters.js";
import type { DataCounters } from "./data-counters.js";
import type { DataMessage } from "./data-message.js";
import { DataReceiver } from "./data-receiver.js";

export interface DataReceiversOptions {
  readonly room: Room;
  readonly media: RoomMedia;
  readonly counters: DataCounters;
}

/**
 * Everybody in a room as receivers of data: whoever has an open channel of a message's kind gets it there; of the others, those of
 * our own door get reliable ones by signaling, and all wait for a channel that may be on its way [RM55] [RM56] [RM111].
 */
export class DataReceivers {
  readonly #options: DataReceiversOptions;
  /** By participant id. */
  readonly #receivers = new Map<string, DataReceiver>();
  /** Those of them for whom messages wait. */
  readonly #holding = new Map<string, DataReceiver>();

  constructor(options: DataReceiversOptions) {
    this.#options = options;
  }

  handleJoined(participantId: string, format: DataFormat, now: Instant): void {
    this.#receivers.set(participantId, new DataReceiver(format, now));
  }

  handleParticipantClosed(participantId: string): void {
    this.#receivers.delete(participantId);
    this.#holding.delete(participantId);
  }

  /** Of somebody in the room. */
  formatOf(participantId: string): DataFormat | undefined {
    return this.#receivers.get(participantId)?.format;
  }

  /** How many of them get it now, or wait for it. */
  deliver(message: DataMessage, participantIds: readonly string[], now: Instant): number {
    const { media, counters } = this.#options;
    const { isReliable } = message;
    const label = isReliable ? DATA_LABELS.reliable : DATA_LABELS.lossy;
    const transportIds: Record<DataFormat, string[]> = { sluice: [], livekit: [] };
    const told: string[] = [];
    let waiting = 0;
    for (const participantId of participantIds) {
      const receiver = this.#receivers.get(participantId);
      if (receiver === undefined) continue;
      if (message.sizeBytes(receiver.format) === undefined) {
        counters.untranslated += 1;
        continue;
      }
      const { format } = receiver;
      const transport = media.transportOf(participantId);
      if (transport?.channels.isOpen(label)) {
        transportIds[format].push(transport.transportId);
        continue;
      }
      if (format === "sluice" && transport?.channels.shouldOpen(label, now)) this.#openChannel(transport, label);
      if (!isReliable) counters.undelivered += 1;
      else if (this.#mustWait(participantId, receiver, message, now)) waiting += this.#hold(participantId, receiver, message);
      else if (format === "sluice") told.push(participantId);
      else counters.undelivered += 1;
    }
    this.#send(message, label, "sluice", transportIds.sluice);
    this.#send(message, label, "livekit", transportIds.livekit);
    return transportIds.sluice.length + transportIds.livekit.length + waiting + this.#tell(told, message);
  }

  /** [RM118] Its client knows by now what it has missed, and says so once. */
  handleResumed(participantId: string): void {
    this.#receivers.get(participantId)?.allowReplay();
  }

  /** [RM118] Before whatever waits for the participant. Nothing without a resume before. */
  replay(participantId: string, findMissed: () => readonly DataMessage[], now: Instant): void {
    const receiver = this.#receivers.get(participantId);
    if (!receiver?.useReplay()) return;
    const held = receiver.take();
    this.#holding.delete(participantId);
    const missed = findMissed().filter((message) => !held.includes(message));
    this.#options.counters.replayed += missed.length;
    for (const message of [...missed, ...held]) this.deliver(message, [participantId], now);
  }

  /** [RM110] A client that is offered its receiving connection finds the channels there. */
  handleConnected(transportId: string, now: Instant): void {
    const owned = this.#options.media.transport(transportId);
    if (owned === undefined) return;
    const { participant, transport } = owned;
    transport.channels.handleConnected(now);
    const isOffered = participant.isDual && participant.receiving === transport && transport.channels.isAgreed;
    if (!isOffered || this.formatOf(participant.participantId) !== "livekit") return;
    for (const label of LIVEKIT_CHANNELS) {
      if (transport.channels.ask(label)) this.#openChannel(transport, label);
    }
  }

  handleOpened(transportId: string, label: string): void {
    const owned = this.#options.media.transport(transportId);
    if (owned === undefined) return;
    const { participant, transport } = owned;
    transport.channels.handleOpened(label);
    if (label !== DATA_LABELS.reliable || participant.receiving !== transport) return;
    const receiver = this.#holding.get(participant.participantId);
    this.#holding.delete(participant.participantId);
    for (const message of receiver?.take() ?? []) this.#send(message, label, receiver?.format ?? "sluice", [transportId]);
  }

  pollTimeout(): Instant | undefined {
    let due: Instant | undefined;
    for (const { deadline } of this.#holding.values()) due = earliest(due, deadline);
    return due;
  }

  /** No channel came: what signaling can carry goes there. */
  handleTimeout(now: Instant): void {
    for (const [participantId, receiver] of [...this.#holding]) {
      if (receiver.isExpecting(now)) continue;
      this.#holding.delete(participantId);
      for (const message of receiver.take()) {
        if (receiver.format === "sluice") this.#tell([participantId], message);
        else this.#options.counters.undelivered += 1;
      }
    }
  }

  /** Until the participant's channel opens, or it is time to give that up. */
  #mustWait(participantId: string, receiver: DataReceiver, message: DataMessage, now: Instant): boolean {
    const transport = this.#options.media.transportOf(participantId);
    receiver.handleTransport(transport?.transportId, now);
    if (receiver.isHolding) return true;
    if (!receiver.isExpecting(now)) return false;
    // A client of LiveKit's always has channels; of ours only who has offered a section for them, or has not offered yet.
    if (receiver.format === "livekit") return true;
    return transport?.channels.isAgreed !== false && !canSignal(message);
  }

  /** What is too much is undelivered. */
  #hold(participantId: string, receiver: DataReceiver, message: DataMessage): number {
    this.#holding.set(participantId, receiver);
    if (receiver.hold(message)) return 1;
    this.#options.counters.undelivered += 1;
    return 0;
  }

  #send(message: DataMessage, label: string, format: DataFormat, transportIds: readonly string[]): void {
    const payload = transportIds.length === 0 ? undefined : message.bytes(format);
    if (payload === undefined) return;
    this.#options.media.worker?.send({ type: "sendData", transportIds, label, isBinary: true, payload });
    this.#options.counters.toChannels += transportIds.length;
    if (message.isReliable) message.handleHanded(transportIds);
  }

  /** Returns how many are there to be told. */
  #tell(participantIds: readonly string[], message: DataMessage): number {
    const { room, counters } = this.#options;
    const told = participantIds.filter((id) => canSignal(message) && room.presenceOf(id)?.type === "connected");
    counters.toSignaling += told.length;
    counters.undelivered += participantIds.length - told.length;
    if (told.length === 0 || message.plain === undefined) return 0;
    const { from, topic, payload } = message.plain;
    room.announce(told, { method: "data", params: { from, topic, data: Buffer.from(payload).toString("base64") } });
    return told.length;
  }

  #openChannel({ transportId }: MediaTransport, label: string): void {
    this.#options.media.worker?.send({ type: "openDataChannel", transportId, parameters: channelParameters(label) });
  }
}

function canSignal({ plain }: DataMessage): boolean {
  return plain !== undefined && plain.payload.length <= MAX_DATA_BYTES;
}
